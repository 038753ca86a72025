/** The keyboard in a list whose lines are moved and removed: it stays with what was moved, and goes on at the line that took a removed one's place. */
import { nextTick } from 'vue'

/** index: of a line; past the end, the last one. wanted: buttons of a line, the best first; one that cannot be used is passed over. */
export async function focusLine(list: HTMLElement | null, index: number, ...wanted: string[]): Promise<void> {
  await nextTick() // the parent gives the changed list back first, then it is drawn
  const line = list?.children[Math.min(index, list.children.length - 1)]
  const found = wanted.map((selector) => line?.querySelector<HTMLElement>(`${selector}:not(:disabled)`)).find(Boolean)
  found?.focus()
}
