/** What a host does to a draft is done to the draft that this host has seen: another console may have changed it meanwhile. */
import { ApiError, api } from '@/api/client'
import type { SurveyMove } from '@/api/surveys'
import type { Survey } from '@/live/protocol'

export const isChanged = (error: unknown): boolean => error instanceof ApiError && error.refusal.code === 'draft_changed'

/** Moves it on. What another has changed is not opened; changed is given the survey as it is now, and the refusal is thrown. */
export async function moveAsSeen(liveSession: string, survey: Survey, move: SurveyMove, changed: (now: Survey) => void): Promise<void> {
  try {
    await api.moveSurvey(liveSession, survey.id, move, move === 'open' ? survey.revision : undefined)
  } catch (error) {
    if (isChanged(error)) await api.survey(liveSession, survey.id).then(changed, () => undefined) // why it was refused matters more
    throw error
  }
}
