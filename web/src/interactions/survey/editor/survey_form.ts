/** A survey as a host is writing it, and what can be done to it. Pure. */
import { mayBeAnonymous, mayScore, MOST_QUESTIONS, type QuestionType, type SurveyKind } from './kinds'
import { blankQuestion, changeKind as changeQuestionKind, duplicated, type FormWords, type QuestionForm } from './question_form'

export interface SurveyForm {
  kind: SurveyKind
  title: string
  /** The title as it was filled in for the host, who may never look at it. */
  readonly titleAtFirst: string
  questions: QuestionForm[]
  /** Seconds; null: none; 'other': otherLimitS. */
  limitS: number | null | 'other'
  otherLimitS: number | undefined
  publishOnClose: boolean
  anonymous: boolean
  changeable: boolean
  shuffleQuestions: boolean
  shuffleOptions: boolean
  cover: string | null
}

export const LIMITS_S: Record<SurveyKind, readonly (number | null)[]> = {
  answer_card: [null, 15, 30, 60, 120, 300],
  vote: [null, 30, 60, 120, 300, 600],
  questionnaire: [null, 300, 600, 1_800],
  exam: [null, 600, 1_800, 3_600, 5_400, 7_200],
}
export const LONGEST_LIMIT_S = 86_400

const FIRST_LIMIT_S: Record<SurveyKind, number | null> = { answer_card: 60, vote: null, questionnaire: null, exam: 1_800 }

/** An exam's marks and a questionnaire's answers are looked at before viewers see them. */
const publishedAtFirst = (kind: SurveyKind): boolean => kind === 'answer_card' || kind === 'vote'

export function blankSurvey(kind: SurveyKind, title: string, words: FormWords): SurveyForm {
  return {
    kind,
    title,
    titleAtFirst: title,
    questions: [blankQuestion(kind, 'choice', words)],
    limitS: FIRST_LIMIT_S[kind],
    otherLimitS: 90,
    publishOnClose: publishedAtFirst(kind),
    anonymous: false,
    changeable: false,
    shuffleQuestions: false,
    shuffleOptions: false,
    cover: null,
  }
}

/** The same survey as another kind: questions stay as far as they fit. title: what that kind is called when nobody names it. */
export function changeKind(form: SurveyForm, kind: SurveyKind, title: string): SurveyForm {
  if (kind === form.kind) return form
  const titled = form.title === form.titleAtFirst ? { title, titleAtFirst: title } : {}
  return {
    ...form,
    ...titled,
    kind,
    questions: form.questions.map((question) => changeQuestionKind(question, form.kind, kind)),
    limitS: FIRST_LIMIT_S[kind],
    publishOnClose: publishedAtFirst(kind),
    anonymous: form.anonymous && mayBeAnonymous(kind),
  }
}

/** Questions that were written for another kind and have no place in this one; they come back with the kind. */
export const surplus = (form: SurveyForm): number => Math.max(0, form.questions.length - MOST_QUESTIONS[form.kind])

/** The questions that count. */
export const questionsOf = (form: SurveyForm): QuestionForm[] => form.questions.slice(0, MOST_QUESTIONS[form.kind])

export const mayAdd = (form: SurveyForm): boolean => form.questions.length < MOST_QUESTIONS[form.kind]

export function addQuestion(form: SurveyForm, type: QuestionType, words: FormWords): SurveyForm {
  return mayAdd(form) ? { ...form, questions: [...form.questions, blankQuestion(form.kind, type, words)] } : form
}

export function duplicateQuestion(form: SurveyForm, index: number): SurveyForm {
  const question = form.questions[index]
  if (!question || !mayAdd(form)) return form
  return { ...form, questions: form.questions.flatMap((one, at) => (at === index ? [one, duplicated(question)] : [one])) }
}

export function removeQuestion(form: SurveyForm, index: number): SurveyForm {
  return form.questions.length > 1 ? { ...form, questions: form.questions.filter((_, at) => at !== index) } : form
}

export const limitOf = (form: SurveyForm): number | null => (form.limitS === 'other' ? (form.otherLimitS ?? null) : form.limitS)

export const scoreOf = (kind: SurveyKind, question: QuestionForm): number => (mayScore(kind, question.type) ? (question.score ?? 0) : 0)

/** Points of all right answers together. */
export const fullScore = (form: SurveyForm): number => questionsOf(form).reduce((sum, question) => sum + scoreOf(form.kind, question), 0)
