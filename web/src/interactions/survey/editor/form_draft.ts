/** Between what a host writes and what the API takes and gives. Pure. */
import type { QuestionDraft, SurveyDraft } from '@/api/types'
import type { Question, Survey } from '@/live/protocol'
import { isVerifiable, mayBeAnonymous, mayBeMultiple, mayHaveAccepted, mayHaveRightOptions, type SurveyKind } from './kinds'
import { acceptedForms, blankOption, blankQuestion, optionsOf, type FormWords, type OptionForm, type QuestionForm } from './question_form'
import { LIMITS_S, limitOf, questionsOf, scoreOf, type SurveyForm } from './survey_form'

/** What the API gets; valid only when the form has no problems. */
export function draftOf(form: SurveyForm): SurveyDraft {
  return {
    kind: form.kind,
    title: form.title.trim(),
    questions: questionsOf(form).map((question) => questionDraftOf(form.kind, question)),
    time_limit_s: limitOf(form),
    publish_on_close: form.publishOnClose,
    anonymous: form.anonymous && mayBeAnonymous(form.kind),
    changeable: form.changeable && !form.anonymous,
    shuffle_questions: form.shuffleQuestions && form.kind !== 'answer_card',
    shuffle_options: form.shuffleOptions,
    cover: form.kind === 'answer_card' ? null : form.cover,
  }
}

function questionDraftOf(kind: SurveyKind, question: QuestionForm): QuestionDraft {
  const { type } = question
  const options = optionsOf(question)
  const multiple = question.multiple && mayBeMultiple(type)
  return {
    type,
    title: question.title.trim(),
    picture: question.picture,
    required: question.required && kind !== 'answer_card',
    score: scoreOf(kind, question),
    options: options.map(({ text }) => text.trim()),
    option_pictures: options.some(({ picture }) => picture) ? options.map(({ picture }) => picture) : [],
    right_options: mayHaveRightOptions(kind, type) ? options.flatMap(({ right }, index) => (right ? [index] : [])) : [],
    multiple,
    least: multiple ? (question.least ?? null) : null,
    most: multiple ? (question.most ?? null) : null,
    accepted: mayHaveAccepted(kind, type) ? acceptedForms(question) : [],
    scale: type === 'rating' ? question.scale : USUAL_SCALE,
    verify: !isVerifiable(type) || question.verify,
  }
}

const USUAL_SCALE = 5

/** Pictures come as addresses (/pictures/pc_…) and are sent as ids. */
const pictureId = (url: string | null | undefined): string | null => url?.split('/').at(-1) ?? null
export const pictureUrl = (id: string | null): string | null => (id ? `/pictures/${id}` : null)

/** What a survey asks, to be asked again. */
export function draftOfSurvey(survey: Survey): SurveyDraft {
  const { kind, title, anonymous, changeable, shuffle_questions, shuffle_options } = survey
  return {
    kind,
    title,
    anonymous,
    changeable,
    shuffle_questions,
    shuffle_options,
    time_limit_s: survey.time_limit_s ?? null,
    publish_on_close: survey.publish_on_close ?? true,
    cover: pictureId(survey.cover),
    questions: survey.questions.map((question): QuestionDraft => ({
      ...question,
      picture: pictureId(question.picture),
      options: [...question.options],
      option_pictures: question.pictures.map(pictureId),
      right_options: [...(question.right_options ?? [])],
      accepted: [...(question.accepted ?? [])],
    })),
  }
}

/** A survey that is being changed, or a template, as a form. */
export function formOf(draft: SurveyDraft, words: FormWords): SurveyForm {
  const { kind = 'answer_card', time_limit_s: limit = null } = draft
  const usual = LIMITS_S[kind].includes(limit)
  return {
    kind,
    title: draft.title,
    titleAtFirst: '',
    questions: draft.questions.map((question) => questionFormOf(kind, question, words)),
    limitS: usual ? limit : 'other',
    otherLimitS: usual ? 90 : (limit ?? 90),
    publishOnClose: draft.publish_on_close,
    anonymous: draft.anonymous,
    changeable: draft.changeable,
    shuffleQuestions: draft.shuffle_questions,
    shuffleOptions: draft.shuffle_options,
    cover: draft.cover ?? null,
  }
}

function questionFormOf(kind: SurveyKind, question: QuestionDraft, words: FormWords): QuestionForm {
  const { type = 'choice' } = question
  const blank = blankQuestion(kind, type, words)
  const right = question.right_options ?? []
  const options = (question.options ?? []).map((text, index): OptionForm => ({ ...blankOption(text), right: right.includes(index), picture: question.option_pictures?.[index] ?? null }))
  const trueFalse = type === 'true_false'
  return {
    ...blank,
    title: question.title,
    picture: question.picture ?? null,
    options: !trueFalse && options.length > 0 ? options : blank.options,
    statements: trueFalse && options.length > 0 ? options : blank.statements,
    multiple: question.multiple,
    // the server says how many may be chosen even where nobody has limited it
    least: question.multiple && question.least && question.least > 1 ? question.least : undefined,
    most: question.multiple && question.most && question.most < options.length ? question.most : undefined,
    required: question.required,
    score: question.score,
    scale: question.scale,
    verify: question.verify,
    accepted: (question.accepted ?? []).join('\n'),
  }
}

/** The form as viewers would see the survey now, gaps and all. untitled: in place of a question that is not written yet. */
export function previewOf(form: SurveyForm, untitled: string): Survey {
  const questions = questionsOf(form).map((question): Question => {
    const draft = questionDraftOf(form.kind, question)
    const options = draft.options ?? []
    return {
      id: `q${question.key}`,
      type: question.type,
      title: draft.title || untitled,
      picture: pictureUrl(question.picture),
      required: draft.required,
      score: draft.score,
      options,
      pictures: (draft.option_pictures ?? []).map(pictureUrl),
      multiple: draft.multiple,
      least: draft.least ?? 1,
      most: draft.most ?? (draft.multiple ? options.length : 1),
      scale: question.scale,
      verify: question.verify,
    }
  })
  return {
    id: 'preview',
    kind: form.kind,
    title: form.title.trim(),
    state: 'open',
    published: false,
    opened_at: null,
    closes_at: null,
    closed_at: null,
    closed_by: null,
    answered: 0,
    version: 0,
    anonymous: form.anonymous && mayBeAnonymous(form.kind),
    changeable: form.changeable && !form.anonymous,
    shuffle_questions: false,
    shuffle_options: false,
    cover: form.kind === 'answer_card' ? null : pictureUrl(form.cover),
    questions,
  }
}
