/** What could not be fetched is tried again by itself, where nothing else does so: nobody should have to load a page again. */
import { onScopeDispose } from 'vue'
import { ApiError } from '@/api/client'

export const TRY_AGAIN_MS = 5_000

/** That the server could not be reached, or could not just now. A refusal would be the same again. */
export const mayPass = (failure: unknown): boolean => failure instanceof ApiError && (failure.status === 0 || failure.status === 429 || failure.status >= 500)

/** Fetches every everyMs; without it only as long as what failed may pass. Never beside another fetch, nor while nobody looks at the page. */
export function useFetchingAgain(fetch: () => Promise<void>, failure: () => unknown, isBusy: () => boolean, everyMs?: number): void {
  const timer = setInterval(() => {
    const isDue = everyMs !== undefined || mayPass(failure())
    if (isDue && !isBusy() && document.visibilityState === 'visible') void fetch()
  }, everyMs ?? TRY_AGAIN_MS)
  onScopeDispose(() => clearInterval(timer))
}
