/** What the pages work out from a survey's news. Pure. */
import type { Question, Survey } from '@/live/protocol'

export const letterOf = (option: number): string => String.fromCharCode(65 + option)

/** No more answers are taken. */
export const isOver = (survey: Survey): boolean => survey.state === 'closed' || survey.state === 'settled'

/** What viewers may see of the result: right options and counts. */
export const isShown = (survey: Survey): boolean => survey.published && isOver(survey)

/** part of whole, as a fraction; of nothing it is none. */
export const fraction = (part: number, whole: number): number => (whole > 0 ? part / whole : 0)

export function percentText(part: number, whole: number, language: string): string {
  return fraction(part, whole).toLocaleString(language, { style: 'percent', maximumFractionDigits: 0 })
}

/** unjudged: the question has no right options. missed: no answer of this viewer counts. */
export type Outcome = 'right' | 'wrong' | 'missed' | 'unjudged'

export function outcomeOf(question: Question, mine: readonly number[] | undefined): Outcome {
  if (!mine) return 'missed'
  const right = question.right_options ?? []
  if (right.length === 0) return 'unjudged'
  return right.length === mine.length && right.every((option) => mine.includes(option)) ? 'right' : 'wrong'
}

/** The choices after pressing an option. */
export function pressOption(chosen: readonly number[], option: number, multiple: boolean): readonly number[] {
  if (!multiple) return [option]
  return chosen.includes(option) ? chosen.filter((other) => other !== option) : [...chosen, option].sort((a, b) => a - b)
}
