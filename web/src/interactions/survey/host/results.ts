/** What a host's pages work out from a survey's counts and submissions. Pure. */
import type { MarkGiven, Submission } from '@/api/types'
import type { Answer, Question, Survey } from '@/live/protocol'
import type { ChartRow } from '../chart'
import { hasOptions } from '../editor/kinds'
import { isRight, isRightable, letterOf, percentText } from '../survey'

/** One bar for each option, or for each rating, the best first. Empty for what has no counts. */
export function rowsOf(question: Question, language: string): ChartRow[] {
  const counts = question.counts ?? []
  const answered = question.answered ?? 0
  const row = (letter: string, text: string, count: number, right = false): ChartRow => ({ letter, text, count, right, percent: percentText(count, answered, language) })
  if (question.type === 'rating') return counts.map((count, index) => row(String(index + 1), '', count)).reverse()
  if (!hasOptions(question.type)) return []
  return question.options.map((text, option) => row(letterOf(option), text, counts[option] ?? 0, question.right_options?.includes(option)))
}

/** How many people have how many right answers, from none to all. */
export function rightRows(survey: Survey, language: string): ChartRow[] {
  const numbers = survey.right_numbers ?? []
  if (numbers.length === 0) return []
  const counts = new Map(numbers.map(({ number, count }) => [number, count]))
  const most = Math.max(rightable(survey), ...counts.keys())
  return Array.from({ length: most + 1 }, (_, number) => {
    const count = counts.get(number) ?? 0
    return { letter: String(number), text: '', count, right: false, percent: percentText(count, survey.answered, language) }
  }).reverse()
}

const rightable = (survey: Survey): number => survey.questions.filter(isJudged).length

/** An answer to it can be right. */
export const isJudged = (question: Question): boolean =>
  (question.right_options ?? []).length > 0 || (question.accepted ?? []).length > 0 || (question.by_hand ?? false)

/** null: nobody has answered. */
export const averagePoints = (survey: Survey): number | null => (survey.answered > 0 ? (survey.points ?? 0) / survey.answered : null)

export const numberText = (value: number, language: string): string => value.toLocaleString(language, { maximumFractionDigits: 1 })

/** An answer in words: the options with their letters, the rating, the text. Empty for none. between: what stands between two options. */
export function answerText(question: Question, answer: Answer | undefined, between: string): string {
  if (!answer) return ''
  if (answer.rating !== undefined) return `${answer.rating} / ${question.scale}`
  const options = (answer.choices ?? []).map((option) => `${letterOf(option)}. ${question.options[option] ?? ''}`)
  return [options.join(between), answer.text ?? ''].filter(Boolean).join(' – ')
}

/** Whether an answer counts as right: by its mark, else by itself; null: nobody has said so yet, or nothing is right or wrong. */
export function countsRight(question: Question, answer: Answer, mark: MarkGiven | undefined): boolean | null {
  if (mark) return mark.points === question.score
  return isRightable(question) ? isRight(question, answer) : null
}

export interface TextAnswer {
  readonly key: string
  readonly name: string | null
  readonly text: string
}

/** What people wrote to one question. sought: only where the text or the name has it. */
export function textsOf(question: Question, submissions: readonly Submission[], sought: string): TextAnswer[] {
  const words = sought.trim().toLowerCase()
  return submissions.flatMap((submission, index) => {
    const text = submission.answers.find((answer) => answer.question === question.id)?.text
    const name = submission.viewer?.name ?? null
    if (!text || !`${text} ${name ?? ''}`.toLowerCase().includes(words)) return []
    return [{ key: submission.viewer?.id ?? String(index), name, text }]
  })
}
