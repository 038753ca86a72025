/** What was pressed goes away once it is done: the keyboard goes on at what says so, and not at the top of the page. */
import { nextTick, watch } from 'vue'

/** inside: where the keyboard was. */
export function useHandingOn(done: () => boolean, inside: () => HTMLElement | null, next: () => HTMLElement | null): void {
  watch(done, async (now) => {
    const wasHere = inside()?.contains(document.activeElement)
    await nextTick()
    if (now && wasHere) next()?.focus({ preventScroll: true })
  })
}
