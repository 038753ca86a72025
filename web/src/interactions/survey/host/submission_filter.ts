/** Which submissions a host looks at, as the page holds it and as the API wants it. Pure. */
import type { SubmissionSort, WantedSubmissions } from '@/api/surveys'
import type { Survey } from '@/live/protocol'
import { hasOptions } from '../editor/kinds'
import { letterOf } from '../survey'
import { isJudged } from './results'

export const ORDERS = ['viewer', 'answered_at', 'answered_at_last', 'points', 'points_last', 'right', 'right_last'] as const
export type Order = (typeof ORDERS)[number]

/** choice: "qn_…" or "qn_…:2". pointsFrom, pointsTo: what is typed. */
export interface SubmissionChoice {
  readonly search: string
  readonly result: '' | 'right' | 'wrong'
  readonly pointsFrom: string
  readonly pointsTo: string
  readonly choice: string
  readonly order: Order
}

export const EVERYBODY: SubmissionChoice = { search: '', result: '', pointsFrom: '', pointsTo: '', choice: '', order: 'viewer' }

/** Points are whole numbers. */
const points = (typed: string): number | undefined => (/^\d{1,6}$/.test(typed.trim()) ? Number(typed) : undefined)

/** Something is typed that is no number of points: nothing is picked by it. */
export const isUnreadable = (typed: string): boolean => typed.trim() !== '' && points(typed) === undefined

export function wantedOf({ search, result, pointsFrom, pointsTo, choice, order }: SubmissionChoice): WantedSubmissions {
  const [question, option] = choice.split(':')
  const last = order.endsWith('_last')
  return {
    search: search.trim(),
    result: result || undefined,
    points_from: points(pointsFrom),
    points_to: points(pointsTo),
    question: question || undefined,
    choice: option === undefined ? undefined : Number(option),
    sort: order === 'viewer' ? undefined : (order.replace('_last', '') as SubmissionSort),
    descending: last || undefined,
  }
}

/** What is typed letter by letter. */
export const typedOf = ({ search, pointsFrom, pointsTo }: SubmissionChoice): string => [search, pointsFrom, pointsTo].join('\n')

/** The orders that say something of this survey. */
export const ordersOf = (survey: Survey): Order[] =>
  ORDERS.filter((order) => (order.startsWith('points') ? survey.kind === 'exam' : order.startsWith('right') ? survey.questions.length > 1 && survey.questions.some(isJudged) : true))

export interface AnswerChoice {
  readonly value: string
  /** 'did': answered at all; 'chose': an option; 'rated': a rating. */
  readonly word: 'did' | 'chose' | 'rated'
  readonly number: number
  readonly letter: string
  readonly text: string
  readonly rating: number
}

/** Every answer one may look for: of each question who answered it, and then option by option, or rating by rating. */
export function answersOf(survey: Survey): AnswerChoice[] {
  return survey.questions.flatMap((question, index) => {
    const one = { number: index + 1, letter: '', text: '', rating: 0 }
    const did: AnswerChoice = { ...one, value: question.id, word: 'did' }
    if (question.type === 'rating') return [did, ...Array.from({ length: question.scale }, (_, at): AnswerChoice => ({ ...one, value: `${question.id}:${at + 1}`, word: 'rated', rating: at + 1 }))]
    if (!hasOptions(question.type)) return [did]
    return [did, ...question.options.map((text, option): AnswerChoice => ({ ...one, value: `${question.id}:${option}`, word: 'chose', letter: letterOf(option), text }))]
  })
}
