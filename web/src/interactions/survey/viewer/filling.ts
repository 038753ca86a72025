/** What can be said about answers before they are sent. The server decides; this only saves a viewer the way there. Pure. */
import { isBlank, type Answers } from '@/live/answers'
import type { Answer, Question, QuestionType, Refusal, Survey } from '@/live/protocol'

/** Options shown as pictures: somebody has given at least one. */
export const hasPictures = (question: Question): boolean => question.pictures.some((picture) => picture !== null)

/** Most characters of a text. */
export function longestText(type: QuestionType): number {
  if (type === 'free_form') return 2_000
  if (type === 'combined') return 500
  return type === 'name' ? 64 : 200
}

/** How many options may be chosen. */
export function choiceBounds({ multiple, least, most, options }: Question): { readonly least: number; readonly most: number } {
  return multiple ? { least: least ?? 1, most: most ?? options.length } : { least: 1, most: 1 }
}

/** The choices after pressing an option. An optional single choice is taken back by pressing it again; none goes past the most. */
export function pressOption(question: Question, chosen: readonly number[], option: number): readonly number[] {
  const without = chosen.filter((other) => other !== option)
  if (without.length < chosen.length) return question.multiple || !question.required ? without : chosen
  if (!question.multiple) return [option]
  return chosen.length < choiceBounds(question).most ? [...chosen, option].sort((a, b) => a - b) : chosen
}

export const answeredCount = (survey: Survey, answers: Answers): number => survey.questions.filter(({ id }) => !isBlank(answers.get(id))).length

/** Without those that something stands against. */
export const fittingCount = (survey: Survey, answers: Answers): number => survey.questions.filter((question) => !isBlank(answers.get(question.id)) && problemOf(question, answers.get(question.id)) === null).length

/** What stands against an answer: a code of the server's refusals. */
export type Problem = 'answer_required' | 'too_few_choices' | 'invalid_name' | 'invalid_mobile' | 'invalid_mail'

export function problemOf(question: Question, answer: Answer | undefined): Problem | null {
  if (!answer || isBlank(answer)) return question.required ? 'answer_required' : null
  const chosen = answer.choices?.length ?? 0
  if (chosen > 0 && chosen < choiceBounds(question).least) return 'too_few_choices'
  return question.verify ? textProblem(question.type, answer.text ?? '') : null
}

function textProblem(type: QuestionType, text: string): Problem | null {
  const clean = text.trim()
  switch (type) {
    case 'name':
      return Array.from(clean).length <= 64 ? null : 'invalid_name'
    case 'mobile':
      return /^(1\d{10}|\+[1-9]\d{5,14})$/.test(clean.normalize('NFKC').replace(/[\s-]/g, '')) ? null : 'invalid_mobile'
    case 'mail':
      return /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(clean) ? null : 'invalid_mail'
    default:
      return null
  }
}

/** By question, as far as anything stands against its answer. */
export function problemsOf(survey: Survey, answers: Answers): ReadonlyMap<string, Problem> {
  const found = survey.questions.map((question) => [question.id, problemOf(question, answers.get(question.id))] as const)
  return new Map(found.filter((entry): entry is [string, Problem] => entry[1] !== null))
}

/** The question a refusal is about: answers[2].text names a place in what was sent, questions[3] one in the survey. */
export function questionOfRefusal(survey: Survey, sent: readonly Answer[], { field }: Refusal): string | null {
  const [, list, place] = /^(answers|questions)\[(\d+)\]/.exec(field ?? '') ?? []
  if (list === undefined) return null
  return (list === 'answers' ? sent[Number(place)]?.question : survey.questions[Number(place)]?.id) ?? null
}
