/** The answers of an exam that a host gives points for, question by question. Pure. */
import type { Submission } from '@/api/types'
import type { Answer, Question, Survey } from '@/live/protocol'

export interface ToMark {
  readonly viewer: { readonly id: string; readonly name: string }
  readonly answer: Answer
  /** Given by hand so far; null: not yet. */
  readonly points: number | null
}

/** Questions whose answers only a host can judge, and those whose automatic judgement a host may overrule. */
export const markedQuestions = (survey: Survey): Question[] => survey.questions.filter(({ by_hand }) => by_hand)
export const overrulable = (survey: Survey): Question[] =>
  survey.questions.filter(({ by_hand, type, score }) => !by_hand && score > 0 && (type === 'fill_in' || type === 'combined'))

/** Everybody's answer to one question, in the order they came from the server. */
export function answersTo(question: Question, submissions: readonly Submission[]): ToMark[] {
  return submissions.flatMap(({ viewer, answers, marks }) => {
    const answer = answers.find((given) => given.question === question.id)
    if (!answer || !viewer) return []
    return [{ viewer, answer, points: marks.find((mark) => mark.question === question.id)?.points ?? null }]
  })
}

export const leftOf = (entries: readonly ToMark[]): number => entries.filter(({ points }) => points === null).length

/** The next answer without points after `from`, around the end; null: there is none left. */
export function nextToMark(entries: readonly ToMark[], from: number): number | null {
  for (let step = 1; step <= entries.length; step++) {
    const index = (from + step) % entries.length
    if (entries[index]?.points === null) return index
  }
  return null
}

/** Whether giving points to this answer settles the exam: it is the last without any. The counts and the answers come each in their own time. */
export function isLastMark(survey: Survey, question: Question, { points }: ToMark, submissions: readonly Submission[]): boolean {
  if (!question.by_hand || points !== null) return false
  const left = markedQuestions(survey).reduce((sum, asked) => sum + leftOf(answersTo(asked, submissions)), 0)
  return Math.min(left, survey.to_mark ?? left) <= 1
}

/** The submissions with one mark more, as the server keeps them. */
export function withMark(submissions: readonly Submission[], viewer: string, question: string, points: number): Submission[] {
  return submissions.map((submission) => {
    if (submission.viewer?.id !== viewer) return submission
    return { ...submission, marks: [...submission.marks.filter((mark) => mark.question !== question), { question, points }] }
  })
}

/** What may be typed: whole points, none to all; in wide digits too, which Chinese keyboards may write. */
export function pointsIn(text: string, score: number): number | null {
  const digits = text.normalize('NFKC').trim()
  if (!/^\d{1,5}$/.test(digits)) return null
  const points = Number(digits)
  return points <= score ? points : null
}
