/** What a host is writing, and what the API gets of it. Pure. */
import type { SurveyDraft } from '@/api/types'

export const FEWEST_OPTIONS = 2
export const MOST_OPTIONS = 26

export interface CardForm {
  title: string
  question: string
  multiple: boolean
  options: string[]
  right: readonly number[]
  /** Seconds; null: none; 'other': otherLimitS. */
  limitS: number | null | 'other'
  otherLimitS: number | undefined
  score: number | undefined
  publishOnClose: boolean
}

export function blankCard(title: string): CardForm {
  return { title, question: '', multiple: false, options: ['', ''], right: [], limitS: 60, otherLimitS: 90, score: 1, publishOnClose: true }
}

/** Names of the fields that must be mended first. */
export function problemsOf(card: CardForm): string[] {
  const options = card.options.flatMap((text, option) => (text.trim() ? [] : [`option-${option}`]))
  return [...(card.question.trim() ? [] : ['question']), ...options, ...(card.title.trim() ? [] : ['title'])]
}

export function toggleRight(card: CardForm, option: number): CardForm {
  if (card.right.includes(option)) return { ...card, right: card.right.filter((other) => other !== option) }
  return { ...card, right: card.multiple ? [...card.right, option].sort((a, b) => a - b) : [option] }
}

/** A single choice has at most one right option: the first stays. */
export function setMultiple(card: CardForm, multiple: boolean): CardForm {
  return { ...card, multiple, right: multiple ? card.right : card.right.slice(0, 1) }
}

export function removeOption(card: CardForm, option: number): CardForm {
  if (card.options.length <= FEWEST_OPTIONS) return card
  return {
    ...card,
    options: card.options.filter((_, index) => index !== option),
    right: card.right.filter((index) => index !== option).map((index) => (index > option ? index - 1 : index)),
  }
}

export function draftOf(card: CardForm): SurveyDraft {
  return {
    kind: 'answer_card',
    title: card.title.trim(),
    question: {
      title: card.question.trim(),
      multiple: card.multiple,
      options: card.options.map((text) => text.trim()),
      right_options: [...card.right],
      score: card.score ?? 0,
    },
    time_limit_s: card.limitS === 'other' ? (card.otherLimitS ?? null) : card.limitS,
    publish_on_close: card.publishOnClose,
  }
}
