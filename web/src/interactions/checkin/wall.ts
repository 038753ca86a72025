/** The newest names of a check-in for the hall: asked for again when more have confirmed, not at every tally. */
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'

const EVERY_MS = 2_000

/** Who has checked in last, as the server lets a screen read them. */
export type ReadConfirmed = (checkin: string) => Promise<readonly string[]>

export interface WallName {
  /** Stays the same while newer names come before it. */
  readonly key: string
  readonly name: string
}

/** confirmed: how many there are; undefined where the host shows no counts, and then no names. */
export function useWall(checkin: string, confirmed: () => number | undefined, read: ReadConfirmed): Readonly<Ref<readonly WallName[]>> {
  const wall = shallowRef<readonly WallName[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined
  let isAsking = false
  let isStale = false
  let gone = false

  async function ask(): Promise<void> {
    isStale = isAsking || timer !== undefined
    if (isStale) return
    isAsking = true
    const names = await read(checkin).catch(() => null)
    isAsking = false
    if (gone) return
    if (names) wall.value = keyed(names)
    timer = setTimeout(() => {
      timer = undefined
      if (isStale) void ask()
    }, EVERY_MS)
  }

  watch(confirmed, (count) => count && void ask(), { immediate: true })
  onScopeDispose(() => {
    gone = true
    clearTimeout(timer)
  })
  return wall
}

/** Equal names are told apart by how many of them came before. */
function keyed(names: readonly string[]): readonly WallName[] {
  const seen = new Map<string, number>()
  const oldestFirst = [...names].reverse().map((name) => {
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return { key: `${name} ${times}`, name }
  })
  return oldestFirst.reverse()
}
