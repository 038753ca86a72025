/** An order of one's own: random-looking, and the same whenever and wherever this viewer looks. Pure. */
import type { Question, Survey } from '@/live/protocol'

/** The numbers from 0 to count - 1 in the order that belongs to the seed. */
export function orderOf(count: number, seed: string): number[] {
  const order = Array.from({ length: count }, (_, index) => index)
  const random = randomFrom(seed)
  for (let last = count - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1))
    const [one = 0, other = 0] = [order[last], order[chosen]]
    order[last] = other
    order[chosen] = one
  }
  return order
}

/** The questions as this viewer sees them. viewer: the viewer's id; without one nothing is shuffled. */
export function shownQuestions(survey: Survey, viewer: string): readonly Question[] {
  if (!survey.shuffle_questions || !viewer) return survey.questions
  return orderOf(survey.questions.length, `${viewer} ${survey.id}`).flatMap((index) => survey.questions[index] ?? [])
}

/** The numbers of a question's options in the order this viewer sees them. True and false keep theirs. */
export function shownOptions(survey: Survey, question: Question, viewer: string): readonly number[] {
  const isShuffled = survey.shuffle_options && viewer && question.type !== 'true_false'
  return isShuffled ? orderOf(question.options.length, `${viewer} ${question.id}`) : question.options.map((_, option) => option)
}

/** Numbers from 0 to 1: FNV-1a of the seed starts a mulberry32. */
function randomFrom(seed: string): () => number {
  let state = 0x811c9dc5
  for (const letter of seed) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
