/** All winners of a draw for the big screen, and which page of them it shows: by itself one after the other, or as somebody's keys say. */
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { api } from '@/api/client'
import type { Draw } from '@/live/protocol'
import { pagesOf, type Room, type WinnersPage } from './screen_pages'

const AT_ONCE = 500
export const PAGE_MS = 7_000
/** The pages in between of a prize with very many winners. */
export const QUICK_PAGE_MS = 4_000
const MANY_PAGES = 20
/** Whoever has pressed a key wants to look. */
export const RESTS_MS = 30_000

interface ScreenWinners {
  readonly pages: ComputedRef<readonly WinnersPage[]>
  readonly page: ComputedRef<WinnersPage | null>
  /** From 0, over the whole draw. */
  readonly at: Readonly<Ref<number>>
  turn(by: number): void
}

/** The draw's own news have the first of each prize; the rest is read with the host's login, and without it said in a number. */
export function useScreenWinners(draw: () => Draw, liveSession: string, room: () => Room): ScreenWinners {
  const read = shallowRef<ReadonlyMap<string, readonly string[]> | null>(null)
  const first = computed(() => byPrize(draw().winners))
  const names = computed(() => read.value ?? first.value)
  const pages = computed(() => pagesOf(draw(), names.value, room()))
  const at = ref(0)
  const place = computed(() => Math.min(at.value, Math.max(0, pages.value.length - 1)))
  let timer: ReturnType<typeof setTimeout> | undefined
  let left = false

  function go(by: number, restMs: number): void {
    const { length } = pages.value
    if (length > 0) at.value = (place.value + by + length) % length
    clearTimeout(timer)
    if (length > 1) timer = setTimeout(() => go(1, pageMs()), restMs)
  }
  const pageMs = () => ((pages.value[place.value]?.pages ?? 0) > MANY_PAGES ? QUICK_PAGE_MS : PAGE_MS)
  const turn = (by: number) => go(by, RESTS_MS)

  async function readAll(): Promise<void> {
    const { id, prizes, winners } = draw()
    if (prizes.reduce((sum, { won }) => sum + won, 0) <= winners.length) return
    const found: { prize: string; name: string }[] = []
    for (let after: string | null = null; !left; ) {
      const some = await api.winners(liveSession, id, after, AT_ONCE)
      found.push(...some.winners.map(({ prize, name, external_id }) => ({ prize, name: name || (external_id ?? '') })))
      after = some.next
      if (after === null) break
    }
    read.value = byPrize(found)
  }

  function press(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const by = event.key === 'ArrowRight' || event.key === 'PageDown' ? 1 : event.key === 'ArrowLeft' || event.key === 'PageUp' ? -1 : 0
    if (by === 0) return
    event.preventDefault()
    turn(by)
  }
  addEventListener('keydown', press)

  void readAll().catch(() => undefined)
  watch(
    () => pages.value.length,
    () => go(0, PAGE_MS),
    { immediate: true },
  )
  onScopeDispose(() => {
    left = true
    clearTimeout(timer)
    removeEventListener('keydown', press)
  })
  return { pages, page: computed(() => pages.value[place.value] ?? null), at: place, turn }
}

function byPrize(winners: readonly { readonly prize: string; readonly name: string }[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { prize, name } of winners) {
    const names = found.get(prize)
    if (names) names.push(name)
    else found.set(prize, [name])
  }
  return found
}
