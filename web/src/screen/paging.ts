/** Pages that turn by themselves, and by whoever presses a key or a button; one set of them is on the screen at a time. */
import { computed, inject, onScopeDispose, ref, watch, type ComputedRef, type InjectionKey, type Ref } from 'vue'

export const PAGE_MS = 7_000
/** Whoever has pressed a key wants to look. */
export const RESTS_MS = 30_000

/** What the keys and buttons act on. paused: nothing turns by itself. count: pages of what is shown, 0 where it has none. */
export interface Paging {
  readonly paused: Ref<boolean>
  readonly count: Ref<number>
  turn: (by: number) => void
}

const PAGING: InjectionKey<Paging> = Symbol('paging')

export function newPaging(): Paging {
  return { paused: ref(false), count: ref(0), turn: () => undefined }
}

export const pagingKey = PAGING
export const usePaging = (): Paging => inject(PAGING, newPaging, true)

/** Which of `length` pages is shown, from 0. restMs: how long this one stays. */
export function usePages(paging: Paging, length: () => number, restMs: (at: number) => number = () => PAGE_MS): { readonly at: ComputedRef<number>; turn(by: number): void } {
  const wanted = ref(0)
  const at = computed(() => Math.min(wanted.value, Math.max(0, length() - 1)))
  let timer: ReturnType<typeof setTimeout> | undefined

  function go(by: number, ms: number): void {
    const count = length()
    if (count > 0) wanted.value = (at.value + by + count) % count
    clearTimeout(timer)
    if (count > 1 && !paging.paused.value) timer = setTimeout(() => go(1, restMs(at.value)), ms)
  }
  const turn = (by: number) => go(by, RESTS_MS)
  paging.turn = turn
  watch(
    [length, paging.paused],
    ([count], before) => {
      paging.count.value = count
      // going on after a pause turns the page soon; what is new is looked at first
      if (before[0] !== count || !paging.paused.value) go(0, restMs(at.value))
      else clearTimeout(timer)
    },
    { immediate: true, flush: 'sync' },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    if (paging.turn !== turn) return
    paging.turn = () => undefined
    paging.count.value = 0
  })
  return { at, turn }
}
