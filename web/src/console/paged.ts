/** A list the server gives page by page: the first page at once, more when they are asked for, and what is here again every so often. */
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { useLeaveWhenLoggedOut } from './task'
import { useFetchingAgain } from './trying_again'

const PAGE = 100
const LARGEST_PAGE = 500

/** after: `next` of the page before, null for the first. */
export type FetchPage<Page> = (after: string | null, limit: number) => Promise<Page & { readonly next: string | null }>

export interface Paged<Entry, Page> {
  readonly rows: ShallowRef<readonly Entry[]>
  /** The first page as it came last: for what it says about the whole. */
  readonly first: ShallowRef<Page | null>
  /** There are more than are here. */
  readonly more: Ref<boolean>
  readonly loaded: Ref<boolean>
  /** Something is being fetched: more, or anew what is here. */
  readonly fetching: Ref<boolean>
  /** More is being fetched, as was asked for. */
  readonly busy: Ref<boolean>
  readonly error: ShallowRef<unknown>
  loadMore(): Promise<void>
  /** Fetches until all are here. */
  loadAll(): Promise<void>
  /** Fetches as many anew as are here. */
  reload(): Promise<void>
  /** What is here as the page knows it to be now, until it is fetched anew. */
  replace(rows: readonly Entry[]): void
}

export function usePaged<Entry, Page>(fetchPage: FetchPage<Page>, entriesOf: (page: Page) => readonly Entry[], options: { everyMs?: number; atOnce?: boolean } = {}): Paged<Entry, Page> {
  const rows = shallowRef<readonly Entry[]>([])
  const first = shallowRef<Page | null>(null)
  const more = ref(false)
  const loaded = ref(false)
  const fetching = ref(false)
  const busy = ref(false)
  const error = shallowRef<unknown>(null)
  const leave = useLeaveWhenLoggedOut()
  let next: string | null = null
  let gone = false
  /** One fetch after the other: however often news asks for another reload, the one under way arrives. */
  let line = Promise.resolve()
  let reloading: Promise<void> | null = null

  const inLine = (work: () => Promise<void>): Promise<void> => (line = line.then(() => (gone ? undefined : work())))

  /** Adds pages to `have` until there are `wanted` rows. */
  async function fetchUpTo(wanted: number, have: readonly Entry[]): Promise<void> {
    fetching.value = true
    let found = have
    let after = have.length > 0 ? next : null
    try {
      do {
        const page = await fetchPage(after, Math.min(LARGEST_PAGE, Math.max(PAGE, wanted - found.length)))
        if (gone) return
        if (after === null) first.value = page
        found = [...found, ...entriesOf(page)]
        after = page.next
        // what grows is shown while it grows; what is fetched anew takes the old one's place at once
        if (have.length > 0 || !loaded.value) rows.value = found
      } while (after !== null && found.length < wanted)
      rows.value = found
      next = after
      more.value = after !== null
      loaded.value = true
      error.value = null
    } catch (failure) {
      if (gone) return
      error.value = failure
      leave(failure)
    } finally {
      fetching.value = false
    }
  }

  /** What was before it in line may have brought all there is. */
  async function grow(wanted: () => number): Promise<void> {
    busy.value = true
    await inLine(async () => {
      if (!loaded.value || more.value) await fetchUpTo(wanted(), loaded.value ? rows.value : [])
    })
    busy.value = false
  }
  const loadMore = () => grow(() => rows.value.length + PAGE)
  const loadAll = () => grow(() => Number.POSITIVE_INFINITY)
  const reload = () =>
    (reloading ??= inLine(() => {
      reloading = null
      return fetchUpTo(Math.max(PAGE, rows.value.length), [])
    }))

  if (options.atOnce !== false) void reload()
  useFetchingAgain(reload, () => error.value, () => fetching.value, options.everyMs)
  onScopeDispose(() => (gone = true))
  return { rows, first, more, loaded, fetching, busy, error, loadMore, loadAll, reload, replace: (changed) => (rows.value = changed) }
}
