/** How far an account is on the way to its first live session. From what there is, not from a note that somebody was here. Pure. */
import type { Room, Survey, TemplateDraft } from '@/api/types'
import type { Picture } from '@/live/fold'

export type GuideStep = 'room' | 'question' | 'start' | 'open'
export const STEPS: readonly GuideStep[] = ['room', 'question', 'start', 'open']

export const EXAMPLES = ['mood', 'know', 'quiz'] as const
export type Example = (typeof EXAMPLES)[number]

/** The room one is guided through: where something runs, else the newest. */
export const guidedRoom = (rooms: readonly Room[]): Room | null => rooms.find((room) => room.running_live_session) ?? rooms[0] ?? null

/** hasQuestion: something is in the question bank, or in the running live session. */
export function stepOf({ room, hasQuestion, picture }: { readonly room: Room | null; readonly hasQuestion: boolean; readonly picture: Pick<Picture, 'online' | 'surveys'> | null }): GuideStep {
  if (!room) return 'room'
  if (!hasQuestion) return 'question'
  if (!room.running_live_session) return 'start'
  // the first viewer may have left again once there is an answer
  const hasBegun = (picture?.surveys ?? []).some(({ state }) => state !== 'draft')
  return hasBegun || (picture?.online ?? 0) > 0 ? 'open' : 'start'
}

/** How a step stands while one is at another. */
export const standOf = (name: GuideStep, at: GuideStep): 'done' | 'here' | 'later' => (name === at ? 'here' : STEPS.indexOf(name) < STEPS.indexOf(at) ? 'done' : 'later')

/** What an example is in the question bank. options: one a line. right: of those that can be. */
export function templateOf(example: Example, title: string, question: string, options: string): TemplateDraft {
  const right = example === 'quiz' ? [1] : []
  return { kind: 'answer_card', title, questions: [{ type: 'choice', title: question, options: options.split('\n'), right_options: right }] } as TemplateDraft
}

/** The question the guide opens: the one that runs, else the newest draft, else the newest of all. */
export function guidedSurvey<One extends Pick<Survey, 'state'>>(surveys: readonly One[]): One | null {
  return surveys.find(({ state }) => state === 'open') ?? surveys.find(({ state }) => state === 'draft') ?? surveys[0] ?? null
}
