/** Answers as a page holds them, question by question. Pure. */
import type { Answer } from './protocol'

/** By question; an answer without content is the same as none. */
export type Answers = ReadonlyMap<string, Answer>

export const isBlank = (answer: Answer | undefined): boolean =>
  !answer || (!answer.choices?.length && !answer.text?.trim() && answer.rating === undefined)

export const answersOf = (list: readonly Answer[]): Answers => new Map(list.map((answer) => [answer.question, answer]))

/** What is sent: the answers that say something. */
export const given = (answers: Answers): Answer[] => [...answers.values()].filter((answer) => !isBlank(answer))

export function sameAnswer(one: Answer | undefined, other: Answer | undefined): boolean {
  if (isBlank(one) || isBlank(other)) return isBlank(one) && isBlank(other)
  const choices = (answer: Answer | undefined) => [...(answer?.choices ?? [])].sort((a, b) => a - b).join()
  return choices(one) === choices(other) && (one?.text ?? '') === (other?.text ?? '') && one?.rating === other?.rating
}

/** `changes` over `answers`. */
export function over(answers: Answers, changes: Iterable<Answer>): Answers {
  const all = new Map(answers)
  for (const answer of changes) {
    if (isBlank(answer)) all.delete(answer.question)
    else all.set(answer.question, answer)
  }
  return all
}
