/** The submissions of one survey, page by page as they are asked for, and again when the counts have changed. */
import { onScopeDispose, watch } from 'vue'
import { api } from '@/api/client'
import type { Submission, Submissions as Page } from '@/api/types'
import { usePaged, type Paged } from '@/console/paged'
import type { WantedSubmissions } from '@/api/surveys'
import type { Survey } from '@/live/protocol'

const REFRESH_MS = 4_000

export type Submissions = Paged<Submission, Page>

/** For one survey only: a component that shows another is another component. Nothing is fetched before it is asked for. wanted: which of them. */
export function useSubmissions(liveSession: string, survey: () => Survey, wanted: () => WantedSubmissions = () => ({})): Submissions {
  const paged: Submissions = usePaged(
    (after, limit) => api.submissions(liveSession, survey().id, wanted(), after, limit),
    (page) => page.submissions,
    { atOnce: false },
  )
  let stale = false
  watch(
    () => `${survey().version} ${survey().state}`,
    () => (stale = true),
  )
  const timer = setInterval(() => {
    if (!stale || !paged.loaded.value || paged.fetching.value || document.visibilityState !== 'visible') return
    stale = false
    void paged.reload()
  }, REFRESH_MS)
  onScopeDispose(() => clearInterval(timer))
  return paged
}
