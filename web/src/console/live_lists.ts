/** The lists of the API beside a live session's news. */
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import { api } from '@/api/client'
import type { HostLive } from '@/live/host_live'
import { mayPass, TRY_AGAIN_MS } from './trying_again'

/**
 * The socket's snapshot holds the newest; what is older is in the lists of the API. They are fetched with each new connection, each by
 * itself, and again until all are here. error: why one of them is not.
 */
export function useLiveLists(live: () => HostLive | null, liveSession: () => string | null): { readonly error: ShallowRef<unknown> } {
  const error = shallowRef<unknown>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  /** Of the newest try: what an earlier one tells, or one after the end, is of no account. */
  let turn = 0

  async function fetchAll(): Promise<void> {
    const [now, id] = [live(), liveSession()]
    if (!now || id === null) return
    const mine = ++turn
    const include: typeof now.includeAll = (lists) => {
      if (mine === turn) now.includeAll(lists)
    }
    const tried = await Promise.allSettled([
      api.surveys(id).then((surveys) => include({ surveys })),
      api.checkins(id).then((checkins) => include({ checkins })),
      api.draws(id).then((draws) => include({ draws })),
    ])
    if (mine !== turn) return
    const failure: unknown = tried.find((one) => one.status === 'rejected')?.reason ?? null
    error.value = failure
    if (mayPass(failure)) timer = setTimeout(() => void fetchAll(), TRY_AGAIN_MS)
  }

  function stop(): void {
    turn += 1
    clearTimeout(timer)
  }

  watch(
    () => live()?.state.link,
    (link) => {
      stop()
      if (link === 'up') void fetchAll()
    },
    { immediate: true },
  )
  onScopeDispose(stop)
  return { error }
}
