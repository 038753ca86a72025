/** One question as a host is writing it, and what can be done to it. Pure: everything returns a new question. */
import { hasOptions, isVerifiable, mayBeMultiple, typesOf, type QuestionType, type SurveyKind } from './kinds'

export const FEWEST_OPTIONS = 2
export const MOST_OPTIONS = 26
export const LARGEST_SCALE = 10
export const SMALLEST_SCALE = 2

export interface OptionForm {
  /** Stays with the option wherever it is moved. */
  readonly key: number
  text: string
  right: boolean
  /** pc_…, of an uploaded picture. */
  picture: string | null
}

export interface QuestionForm {
  readonly key: number
  type: QuestionType
  title: string
  picture: string | null
  /** Of every type that has options but true_false. */
  options: OptionForm[]
  /** The two statements of a true_false question, so that trying that type out costs no options. */
  statements: OptionForm[]
  multiple: boolean
  /** undefined: from one, up to all of them. */
  least: number | undefined
  most: number | undefined
  required: boolean
  score: number | undefined
  scale: number
  verify: boolean
  /** Right answers of a fill_in question, one a line. */
  accepted: string
}

/** What a true_false question says until its host says something else. */
export interface FormWords {
  readonly yes: string
  readonly no: string
}

const SCORES: Record<SurveyKind, number> = { answer_card: 1, vote: 0, questionnaire: 0, exam: 10 }

let lastKey = 0
const freshKey = (): number => ++lastKey

export function blankOption(text = ''): OptionForm {
  return { key: freshKey(), text, right: false, picture: null }
}

export function blankQuestion(kind: SurveyKind, type: QuestionType, words: FormWords): QuestionForm {
  return {
    key: freshKey(),
    type,
    title: '',
    picture: null,
    options: [blankOption(), blankOption()],
    statements: [blankOption(words.yes), blankOption(words.no)],
    multiple: false,
    least: undefined,
    most: undefined,
    required: requiredAtFirst(kind, type),
    score: SCORES[kind],
    scale: 5,
    verify: true,
    accepted: '',
  }
}

/** Whoever votes or fills in a form answers everything, unless the host says otherwise; an exam's gaps cost points, not the submission. */
const requiredAtFirst = (kind: SurveyKind, type: QuestionType): boolean => kind === 'vote' || (kind === 'questionnaire' && type !== 'free_form')

export const optionsOf = (question: QuestionForm): OptionForm[] =>
  question.type === 'true_false' ? question.statements : hasOptions(question.type) ? question.options : []

/** For each option the place of an earlier one that viewers could not tell from it; -1: there is none. */
export function twinsOf(options: readonly OptionForm[]): number[] {
  const looks = options.map(({ text, picture }) => (text.trim() ? JSON.stringify([text.trim(), picture]) : null))
  return looks.map((look, index) => (look === null ? -1 : looks.slice(0, index).indexOf(look)))
}

function withOptions(question: QuestionForm, options: OptionForm[]): QuestionForm {
  return question.type === 'true_false' ? { ...question, statements: options } : { ...question, options }
}

/** The same question of another type; nothing that was written is lost. */
export function changeType(question: QuestionForm, type: QuestionType): QuestionForm {
  const changed = { ...question, type }
  return mayBeMultiple(type) ? changed : setMultiple(changed, false)
}

/** The same question in another kind of survey; points and duty that nobody has changed are that kind's. */
export function changeKind(question: QuestionForm, from: SurveyKind, to: SurveyKind): QuestionForm {
  const changed = typesOf(to).includes(question.type) ? question : changeType(question, 'choice')
  return {
    ...changed,
    score: question.score === SCORES[from] || !question.score ? SCORES[to] : question.score,
    required: question.required === requiredAtFirst(from, question.type) ? requiredAtFirst(to, changed.type) : question.required,
  }
}

/** A single choice has at most one right option: the first stays. */
export function setMultiple(question: QuestionForm, multiple: boolean): QuestionForm {
  if (multiple) return { ...question, multiple }
  const first = question.options.find(({ right }) => right)
  return { ...question, multiple, least: undefined, most: undefined, options: question.options.map((option) => ({ ...option, right: option === first })) }
}

export function toggleRight(question: QuestionForm, index: number): QuestionForm {
  const options = optionsOf(question).map((option, other) => {
    if (other === index) return { ...option, right: !option.right }
    return question.multiple ? option : { ...option, right: false }
  })
  return withOptions(question, options)
}

export function addOption(question: QuestionForm): QuestionForm {
  return question.options.length >= MOST_OPTIONS ? question : { ...question, options: [...question.options, blankOption()] }
}

export function removeOption(question: QuestionForm, index: number): QuestionForm {
  if (question.options.length <= FEWEST_OPTIONS) return question
  return { ...question, options: question.options.filter((_, other) => other !== index) }
}

/** The lines of a pasted list go into this option and the ones after it. */
export function pasteOptions(question: QuestionForm, index: number, text: string): QuestionForm {
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean)
  const options = [...question.options]
  for (const [offset, line] of lines.entries()) {
    const place = index + offset
    if (place >= MOST_OPTIONS) break
    options[place] = { ...(options[place] ?? blankOption()), text: line }
  }
  return { ...question, options }
}

/** What was at `from` is at `to` afterwards; the others keep their order. */
export function moved<Thing>(things: readonly Thing[], from: number, to: number): Thing[] {
  const rest = [...things]
  const [thing] = rest.splice(from, 1)
  if (thing === undefined || to < 0 || to >= things.length) return [...things]
  rest.splice(to, 0, thing)
  return rest
}

export function duplicated(question: QuestionForm): QuestionForm {
  const copy = (options: OptionForm[]) => options.map((option) => ({ ...option, key: freshKey() }))
  return { ...question, key: freshKey(), options: copy(question.options), statements: copy(question.statements) }
}

export const acceptedForms = (question: QuestionForm): string[] => question.accepted.split('\n').map((line) => line.trim()).filter(Boolean)

/** In an exam: nobody but a person can say how many points an answer gets. */
export function isMarkedByHand(kind: SurveyKind, question: QuestionForm): boolean {
  if (kind !== 'exam' || !question.score || isVerifiable(question.type)) return false
  if (question.type === 'free_form') return true
  if (question.type === 'combined') return !question.options.some(({ right }) => right)
  return question.type === 'fill_in' && acceptedForms(question).length === 0
}
