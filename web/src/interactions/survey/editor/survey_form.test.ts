import { expect, test } from 'vitest'
import type { Survey } from '@/live/protocol'
import { draftOf, draftOfSurvey, formOf, previewOf } from './form_draft'
import { problemsOf, questionOfPath } from './form_problems'
import { KINDS, QUESTION_TYPES, typesOf, type SurveyKind } from './kinds'
import { blankQuestion, changeType, isMarkedByHand, moved, optionsOf, pasteOptions, removeOption, setMultiple, toggleRight, twinsOf, type QuestionForm } from './question_form'
import { addQuestion, blankSurvey, changeKind, duplicateQuestion, fullScore, removeQuestion, surplus, type SurveyForm } from './survey_form'

const words = { yes: 'True', no: 'False' }

function question(change: Partial<QuestionForm> = {}, texts = ['one ', 'two', 'three'], kind: SurveyKind = 'answer_card'): QuestionForm {
  const blank = blankQuestion(kind, change.type ?? 'choice', words)
  return { ...blank, title: ' Which? ', options: texts.map((text, key) => ({ key, text, right: false, picture: null })), ...change }
}

function survey(kind: SurveyKind, ...questions: QuestionForm[]): SurveyForm {
  return { ...blankSurvey(kind, 'Title', words), questions }
}

const textsOf = (form: QuestionForm) => optionsOf(form).map(({ text }) => text)
const rightOf = (form: QuestionForm) => optionsOf(form).flatMap(({ right }, index) => (right ? [index] : []))

test('a blank card says what is missing, a filled one nothing', () => {
  const blank = { ...blankSurvey('answer_card', ' ', words), questions: [question({ title: '' }, ['one', ' '])] }

  expect([...problemsOf(blank).keys()]).toEqual(['questions[0].title', 'questions[0].options[1]', 'title'])
  expect(problemsOf(survey('answer_card', question())).size).toBe(0)
})

test('a new card needs a question and two options only, and is sent complete', () => {
  expect(draftOf(survey('answer_card', toggleRight(question(), 1)))).toEqual({
    kind: 'answer_card',
    title: 'Title',
    questions: [{ type: 'choice', title: 'Which?', picture: null, required: false, score: 1, options: ['one', 'two', 'three'], option_pictures: [], right_options: [1], multiple: false, least: null, most: null, accepted: [], scale: 5, verify: true }],
    time_limit_s: 60,
    publish_on_close: true,
    anonymous: false,
    changeable: false,
    shuffle_questions: false,
    shuffle_options: false,
    cover: null,
  })
})

test('removing or moving an option keeps the right ones right', () => {
  const both = toggleRight(toggleRight(setMultiple(question(), true), 0), 2)

  expect(rightOf(removeOption(both, 0))).toEqual([1])
  expect(rightOf(removeOption(both, 1))).toEqual([0, 1])
  expect(rightOf({ ...both, options: moved(both.options, 0, 1) })).toEqual([1, 2])
})

test('two options are the fewest', () => {
  const two = question({}, ['one', 'two'])

  expect(removeOption(two, 0)).toBe(two)
})

test('a single choice has at most one right option', () => {
  const both = toggleRight(toggleRight(setMultiple(question(), true), 2), 0)

  expect(rightOf(both)).toEqual([0, 2])
  expect(rightOf(setMultiple(both, false))).toEqual([0])
  expect(rightOf(toggleRight(setMultiple(both, false), 1))).toEqual([1])
})

test('moving keeps everything, also where there is nowhere to go', () => {
  expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a'])
  expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b'])
  expect(moved(['a', 'b'], 1, 2)).toEqual(['a', 'b'])
})

test('trying another type out loses nothing', () => {
  const there = changeType(changeType(question(), 'true_false'), 'rating')

  expect(textsOf(changeType(question(), 'true_false'))).toEqual(['True', 'False'])
  expect(textsOf(there)).toEqual([])
  expect(textsOf(changeType(there, 'choice'))).toEqual(['one ', 'two', 'three'])
})

test('a pasted list fills the options from the one it is pasted into', () => {
  expect(textsOf(pasteOptions(question(), 2, ' three\n\nfour\r\nfive '))).toEqual(['one ', 'two', 'three', 'four', 'five'])
  expect(pasteOptions(question(), 0, Array.from({ length: 40 }, (_, n) => String(n)).join('\n')).options).toHaveLength(26)
})

test('each kind offers its own types, and a change of kind keeps what fits', () => {
  const exam = survey('exam', question({}, undefined, 'exam'), question({ type: 'free_form' }, undefined, 'exam'), question({ type: 'fill_in' }, undefined, 'exam'))
  const vote = changeKind(exam, 'vote', 'Vote 1')

  expect(vote.questions.map(({ type }) => type)).toEqual(['choice', 'choice', 'choice'])
  expect(changeKind(exam, 'questionnaire', 'Questionnaire 1').questions.map(({ type }) => type)).toEqual(['choice', 'free_form', 'fill_in'])
  expect(surplus(changeKind(exam, 'answer_card', 'Question 1'))).toBe(2)
  expect(draftOf(changeKind(exam, 'answer_card', 'Question 1')).questions).toHaveLength(1)
  for (const kind of KINDS) expect(QUESTION_TYPES).toEqual(expect.arrayContaining([...typesOf(kind)]))
})

test('a title the host has written stays, one that was made up follows the kind', () => {
  const card = blankSurvey('answer_card', 'Question 3', words)

  expect(changeKind(card, 'vote', 'Vote 1').title).toBe('Vote 1')
  expect(changeKind({ ...card, title: 'Mine' }, 'vote', 'Vote 1').title).toBe('Mine')
})

test('what the server would refuse is never sent', () => {
  const exam = { ...survey('exam', question({ type: 'mail' }, [], 'exam'), question({ type: 'rating', scale: 7 }, [], 'exam')), anonymous: true }
  const [mail, rating] = draftOf(exam).questions

  expect(draftOf(exam).anonymous).toBe(false)
  expect(mail).toMatchObject({ type: 'mail', title: 'Which?', score: 0, options: [], right_options: [], accepted: [], verify: true })
  expect(rating).toMatchObject({ score: 0, scale: 7 })
  expect(draftOf(survey('vote', toggleRight(question({}, undefined, 'vote'), 0))).questions[0]).toMatchObject({ right_options: [], score: 0 })
  expect(draftOf({ ...survey('vote', question()), anonymous: true, changeable: true })).toMatchObject({ anonymous: true, changeable: false })
})

test.each([
  [question({ multiple: true, least: 3, most: 2 }), 'questions[0].most', 'leastOverMost'],
  [question({ multiple: true, most: 4 }), 'questions[0].most', 'mostOverAll'],
  [toggleRight(question({ multiple: true, least: 2 }), 0), 'questions[0].right_options', 'rightCount'],
  [question({ score: 5 }), 'questions[0].right_options', 'needRight'],
  [question({ type: 'rating', scale: 11 }), 'questions[0].scale', 'scaleRange'],
  [question({ type: 'fill_in', accepted: 'x\n'.repeat(21) }), 'questions[0].accepted', 'tooManyAccepted'],
  [question({ type: 'picture_choice', score: 0 }), 'questions[0].option_pictures[0]', 'needPicture'],
  [question({}, ['one', 'two', ' ']), 'questions[0].options[2]', 'needOption'],
  [question({}, ['one', ' ']), 'questions[0].options[1]', 'needText'],
  [{ ...question({ type: 'true_false' }), statements: question({}, ['', 'No']).options }, 'questions[0].options[0]', 'needText'],
  [question({ options: question({}, ['', 'two', 'three']).options.map((option) => ({ ...option, picture: 'pc_1' })) }), 'questions[0].options[0]', 'needCaption'],
] as const)('a problem is found where it is (%#)', (one, path, problem) => {
  expect(problemsOf(survey('exam', one)).get(path)).toBe(problem)
})

test('options that look the same are found, blanks at the ends and all; empty ones are told otherwise', () => {
  const { options } = question({}, ['same', 'other', ' same ', '', '', 'Same'])

  expect(twinsOf(options)).toEqual([-1, -1, 0, -1, -1, -1])
  expect(twinsOf(options.map((option, at) => ({ ...option, picture: `pc_${at}` })))).toEqual(options.map(() => -1))
})

test('a path leads to its question', () => {
  expect(questionOfPath('questions[12].options[3]')).toBe(12)
  expect(questionOfPath('title')).toBeNull()
})

test('only what nobody else can judge is marked by hand', () => {
  const byHand = (one: QuestionForm) => isMarkedByHand('exam', one)

  expect(byHand(question({ type: 'free_form', score: 5 }))).toBe(true)
  expect(byHand(question({ type: 'free_form', score: 0 }))).toBe(false)
  expect(byHand(question({ type: 'fill_in', score: 5 }))).toBe(true)
  expect(byHand(question({ type: 'fill_in', score: 5, accepted: 'Beijing' }))).toBe(false)
  expect(byHand(question({ type: 'combined', score: 5 }))).toBe(true)
  expect(byHand(toggleRight(question({ type: 'combined', score: 5 }), 0))).toBe(false)
  expect(isMarkedByHand('questionnaire', question({ type: 'free_form', score: 5 }))).toBe(false)
})

test('questions are added, duplicated and removed, one staying always', () => {
  const two = duplicateQuestion(survey('exam', question({}, undefined, 'exam')), 0)

  expect(two.questions.map(({ title }) => title)).toEqual([' Which? ', ' Which? '])
  expect(new Set(two.questions.flatMap((one) => [one.key, ...one.options.map(({ key }) => key)])).size).toBe(8)
  expect(fullScore(addQuestion(two, 'rating', words))).toBe(20)
  expect(removeQuestion(removeQuestion(two, 0), 0).questions).toHaveLength(1)
  expect(addQuestion(survey('answer_card', question()), 'choice', words).questions).toHaveLength(1)
})

test('a draft comes back from the server as it was sent', () => {
  const picture = 'pc_1'
  const sent = {
    ...survey(
      'exam',
      toggleRight(question({ multiple: true, most: 2, picture }, undefined, 'exam'), 1),
      question({ type: 'fill_in', accepted: 'Beijing\n北京' }, [], 'exam'),
      toggleRight(question({ type: 'true_false' }, [], 'exam'), 0),
    ),
    limitS: 'other' as const,
    otherLimitS: 47,
    cover: picture,
  }
  const draft = draftOf(sent)
  const url = (id: string | null | undefined) => (id ? `/pictures/${id}` : null)
  const view = {
    ...draft,
    cover: url(draft.cover),
    questions: draft.questions.map((one) => ({ options: [], ...one, picture: url(one.picture), pictures: (one.option_pictures ?? []).map(url), least: one.least ?? null, most: one.most ?? one.options?.length ?? null })),
  } as unknown as Survey

  expect(draftOf(formOf(draftOfSurvey(view), words))).toEqual(draft)
})

test('the preview shows a form with gaps as viewers would see it', () => {
  const shown = previewOf(survey('vote', question({ title: '', multiple: true }, ['one', ''], 'vote')), 'Your question')

  expect(shown).toMatchObject({ state: 'open', kind: 'vote', questions: [{ title: 'Your question', options: ['one', ''], least: 1, most: 2, multiple: true }] })
})
