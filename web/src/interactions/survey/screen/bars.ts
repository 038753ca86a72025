/** What a hall is shown of one question: its options as bars, once the result is there. Pure. */
import type { Question, Survey } from '@/live/protocol'
import { averageRating, fraction, isShown, letterOf } from '../survey'

export interface Bar {
  /** A letter, or the number of stars. */
  readonly mark: string
  readonly text: string
  readonly picture: string | null
  /** Null while the result is not published. */
  readonly count: number | null
  readonly share: number
  readonly right: boolean
  /** More have chosen it than any other, where nothing is right or wrong. */
  readonly leads: boolean
}

export interface QuestionShown {
  readonly question: Question
  readonly bars: readonly Bar[]
  /** People who have answered this question; null before the result is published. */
  readonly answered: number | null
  readonly average: number | null
  /** What is right of a blank to fill in; '' where nothing is, or it is not published. */
  readonly accepted: string
}

/** results: whether what is published is shown; the presenter may want the bare question again. */
export function questionShown(survey: Survey, question: Question, results: boolean): QuestionShown {
  const shown = results && isShown(survey)
  const { counts = [], answered = 0, right_options = [], accepted = [] } = shown ? question : { ...question, counts: [], answered: 0, right_options: [], accepted: [] }
  const most = right_options.length > 0 ? 0 : Math.max(0, ...counts)
  const bar = (index: number, mark: string, text: string): Bar => ({
    mark,
    text,
    picture: question.pictures[index] ?? null,
    count: shown ? (counts[index] ?? 0) : null,
    share: shown ? fraction(counts[index] ?? 0, answered) : 0,
    right: right_options.includes(index),
    leads: most > 0 && counts[index] === most,
  })
  const stars = question.type === 'rating' && shown ? Array.from({ length: question.scale }, (_, index) => bar(index, `${index + 1}`, '')).reverse() : []
  return {
    question,
    bars: question.type === 'rating' ? stars : question.options.map((text, index) => bar(index, letterOf(index), text)),
    answered: shown ? answered : null,
    average: shown && question.type === 'rating' ? averageRating(question) : null,
    accepted: accepted.join(' / '),
  }
}
