/** How one viewer did, from what was published and what the server told them alone. Pure. */
import type { Answer, Own, Question, RightNumber, Survey } from '@/live/protocol'
import { isRight, isRightable } from '../survey'

/**
 * partly: some points of a mark. marking: a host has still to look at it. missed: something could be right, and there is no answer.
 * unjudged: nothing is right or wrong here, or nobody knows who answered what.
 */
export type Verdict = 'right' | 'wrong' | 'partly' | 'marking' | 'missed' | 'unjudged'

export interface Outcome {
  readonly verdict: Verdict
  /** null: not known yet, or none are given. */
  readonly points: number | null
}

export const answerTo = (own: Own | undefined, question: Question): Answer | undefined =>
  own?.submitted ? own.answers.find((answer) => answer.question === question.id) : undefined

/** For a published survey. */
export function outcomeOf(survey: Survey, question: Question, own: Own | undefined): Outcome {
  if (survey.anonymous) return { verdict: 'unjudged', points: null }
  const answer = answerTo(own, question)
  const unmarked = isMarked(survey, question)
  if (!answer) return { verdict: isRightable(question) || unmarked ? 'missed' : 'unjudged', points: question.score > 0 ? 0 : null }
  const mark = own?.result?.marks.find((given) => given.question === question.id)
  if (mark) return { verdict: mark.points === question.score ? 'right' : mark.points > 0 ? 'partly' : 'wrong', points: mark.points }
  if (unmarked) return survey.state === 'settled' ? { verdict: 'wrong', points: 0 } : { verdict: 'marking', points: null }
  if (!isRightable(question)) return { verdict: 'unjudged', points: null }
  const right = isRight(question, answer)
  return { verdict: right ? 'right' : 'wrong', points: question.score > 0 ? (right ? question.score : 0) : null }
}

/** A host gives the points. */
const isMarked = (survey: Survey, question: Question): boolean =>
  survey.kind === 'exam' && question.score > 0 && !isRightable(question) && (question.type === 'free_form' || question.type === 'fill_in' || question.type === 'combined')

/** It is published, and a host has not marked every answer yet: then it would be settled. */
export const isMarking = (survey: Survey): boolean => survey.state === 'closed' && survey.published && survey.questions.some((question) => isMarked(survey, question))

/** How many questions an answer can be right for. */
export const rightableCount = (survey: Survey): number => survey.questions.filter((question) => isRightable(question) || isMarked(survey, question)).length

/** How many people have how many right answers, from none to all, the gaps filled. */
export function spread(survey: Survey): RightNumber[] {
  const told = new Map((survey.right_numbers ?? []).map(({ number, count }) => [number, count]))
  if (told.size === 0) return []
  const most = Math.max(rightableCount(survey), ...told.keys())
  return Array.from({ length: most + 1 }, (_, number) => ({ number, count: told.get(number) ?? 0 }))
}
