/** What was pressed goes away once it is done: the keyboard goes on at what says so, and not at the top of the page. */
import { nextTick, onScopeDispose, watch } from 'vue'

/** of: by what it changes; nothing is done where that is falsy. inside: where the keyboard was, at what is gone now or cannot be used. */
export function useHandingOn(of: () => unknown, inside: () => HTMLElement | null, next: () => HTMLElement | null): void {
  let last: EventTarget | null = null
  const follow = ({ target }: FocusEvent) => (last = target)
  document.addEventListener('focusin', follow)
  onScopeDispose(() => document.removeEventListener('focusin', follow))

  /** A browser lets go of a field that is locked while its answer is on the way. */
  const holder = (): Element | null => (document.activeElement === document.body && last instanceof Element && last.matches(':disabled') ? last : document.activeElement)

  watch(of, async (now) => {
    const held = holder()
    const wasHere = inside()?.contains(held)
    await nextTick()
    if (now && wasHere && (document.activeElement !== held || held?.matches(':disabled'))) next()?.focus({ preventScroll: true })
  })
}
