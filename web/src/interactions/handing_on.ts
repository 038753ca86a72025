/** What was pressed goes away once it is done: the keyboard goes on at what says so, and not at the top of the page. */
import { nextTick, watch } from 'vue'

/** of: by what it changes; nothing is done where that is falsy. inside: where the keyboard was, at what is gone now or cannot be used. */
export function useHandingOn(of: () => unknown, inside: () => HTMLElement | null, next: () => HTMLElement | null): void {
  watch(of, async (now) => {
    const held = document.activeElement
    const wasHere = inside()?.contains(held)
    await nextTick()
    if (now && wasHere && (document.activeElement !== held || held?.matches(':disabled'))) next()?.focus({ preventScroll: true })
  })
}
