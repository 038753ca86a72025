/** All winners of a draw for the big screen, and which page of them it shows: by itself one after the other, or as somebody's keys say. */
import { computed, shallowRef, type ComputedRef } from 'vue'
import type { Draw, ScreenName } from '@/live/protocol'
import { PAGE_MS, usePages, type Paging } from '@/screen/paging'
import { pagesOf, type Room, type WinnersPage } from './screen_pages'

/** The pages in between of a prize with very many winners. */
export const QUICK_PAGE_MS = 4_000
const MANY_PAGES = 20

/** Names of a draw, as the server lets a screen read them. */
export type ReadNames = (draw: string, of: 'entrants' | 'winners', mostPages?: number) => Promise<readonly ScreenName[]>

interface ScreenWinners {
  readonly pages: ComputedRef<readonly WinnersPage[]>
  readonly page: ComputedRef<WinnersPage | null>
  /** From 0, over the whole draw. */
  readonly at: ComputedRef<number>
  turn(by: number): void
}

/** The draw's own news have the first of each prize; the rest is asked for, and where it does not come said in a number. */
export function useScreenWinners(draw: () => Draw, readNames: ReadNames, room: () => Room, paging: Paging): ScreenWinners {
  const read = shallowRef<ReadonlyMap<string, readonly string[]> | null>(null)
  const first = computed(() => byPrize(draw().winners))
  const names = computed(() => read.value ?? first.value)
  const pages = computed(() => pagesOf(draw(), names.value, room()))
  const restMs = (at: number) => ((pages.value[at]?.pages ?? 0) > MANY_PAGES ? QUICK_PAGE_MS : PAGE_MS)
  const { at, turn } = usePages(paging, () => pages.value.length, restMs)

  async function readAll(): Promise<void> {
    const { id, prizes, winners } = draw()
    if (prizes.reduce((sum, { won }) => sum + won, 0) <= winners.length) return
    const found = await readNames(id, 'winners')
    read.value = byPrize(found.flatMap(({ prize, name }) => (prize === null ? [] : [{ prize, name }])))
  }
  void readAll().catch(() => undefined)
  return { pages, page: computed(() => pages.value[at.value] ?? null), at, turn }
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
