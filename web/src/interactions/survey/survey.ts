/** What the pages work out from a survey's news. Pure. */
import type { Answer, Question, Survey } from '@/live/protocol'

export const letterOf = (option: number): string => String.fromCharCode(65 + option)

/** No more answers are taken. */
export const isOver = (survey: Survey): boolean => survey.state === 'closed' || survey.state === 'settled'

/** What viewers may see of the result: right options and counts. */
export const isShown = (survey: Survey): boolean => survey.published && isOver(survey)

/** part of whole, as a fraction; of nothing it is none. */
export const fraction = (part: number, whole: number): number => (whole > 0 ? part / whole : 0)

/**
 * A share in whole percent, rounded by itself: equal counts have equal shares, and a share is what a calculator says. That those of a
 * question need not come to 100 together is the smaller evil.
 */
export function percentText(part: number, whole: number, language: string): string {
  return fraction(part, whole).toLocaleString(language, { style: 'percent', maximumFractionDigits: 0 })
}

/** How many got it right; a dash before anybody has answered. */
export const rightText = ({ right = 0, answered = 0 }: Question, language: string): string => (answered > 0 ? percentText(right, answered, language) : '–')

/** Mean rating; null before anybody has given one. */
export function averageRating({ counts = [] }: Question): number | null {
  const people = counts.reduce((sum, count) => sum + count, 0)
  return people > 0 ? counts.reduce((sum, count, index) => sum + count * (index + 1), 0) / people : null
}

/** An average of ratings: always with its tenth, also where that is 0. */
export const averageText = (value: number, language: string): string => value.toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })

/** Points of all right answers together. */
export const fullPoints = (survey: Survey): number => survey.questions.reduce((sum, { score }) => sum + score, 0)

/** Something can be told right or wrong without a host. */
export const isRightable = ({ right_options = [], accepted = [] }: Question): boolean => right_options.length > 0 || accepted.length > 0

/** Whether an answer is what was said to be right; only of what isRightable. */
export function isRight({ right_options = [], accepted = [] }: Question, { choices = [], text = '' }: Answer): boolean {
  if (right_options.length > 0) return right_options.length === choices.length && right_options.every((option) => choices.includes(option))
  return accepted.some((form) => normalForm(form) === normalForm(text))
}

/** Width, letter case and blanks make no difference. */
const normalForm = (text: string): string => text.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKC').trim().replace(/\s+/g, ' ')
