/** Whether what a button does has stood long enough to be read: of a double click only the first counts, and what stands there next takes none. */
import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** Longer than a slow double click, shorter than reading the new word. */
export const SETTLE_MS = 700

/** of: what the buttons do, and where they stand. Not settled at first, and anew each time it changes. */
export function useSettled(of: () => string): Readonly<Ref<boolean>> {
  const settled = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    of,
    () => {
      settled.value = false
      clearTimeout(timer)
      timer = setTimeout(() => (settled.value = true), SETTLE_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))
  return settled
}
