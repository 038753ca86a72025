/** What a host does to a draft is done to the draft that this host has seen: another console may have changed it meanwhile. */
import { ApiError, api } from '@/api/client'
import type { SurveyMove } from '@/api/surveys'
import type { SurveyDraft } from '@/api/types'
import type { Survey } from '@/live/protocol'

/** Moves it on. What another has changed is not opened; changed is given the survey as it is now, and the refusal is thrown. */
export const moveAsSeen = (liveSession: string, survey: Survey, move: SurveyMove, changed: (now: Survey) => void): Promise<unknown> =>
  tellChanged(liveSession, survey.id, changed, api.moveSurvey(liveSession, survey.id, move, move === 'open' ? survey.revision : undefined))

/** Saves it; what another has saved meanwhile is not written over, and told in the same way. revision: as this host saw the draft. */
export const editAsSeen = (liveSession: string, id: string, draft: SurveyDraft, revision: number | undefined, changed: (now: Survey) => void): Promise<Survey> =>
  tellChanged(liveSession, id, changed, api.editSurvey(liveSession, id, draft, revision))

async function tellChanged<Reply>(liveSession: string, id: string, changed: (now: Survey) => void, reply: Promise<Reply>): Promise<Reply> {
  try {
    return await reply
  } catch (error) {
    const isChanged = error instanceof ApiError && error.refusal.code === 'draft_changed'
    if (isChanged) await api.survey(liveSession, id).then(changed, () => undefined) // why it was refused matters more
    throw error
  }
}
