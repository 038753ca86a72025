import { expect, test } from 'vitest'
import { answersOf } from '@/live/answers'
import type { QuestionType } from '@/live/protocol'
import { aQuestion, aSurvey } from '@/live/samples'
import { answeredCount, fittingCount, pressOption, problemOf, problemsOf, questionOfRefusal } from './filling'

const several = aQuestion({ multiple: true, least: 2, most: 2, options: ['a', 'b', 'c'] })

test('a single choice replaces; an optional one is taken back by pressing it again, a required one not', () => {
  expect(pressOption(aQuestion(), [1], 0)).toEqual([0])
  expect(pressOption(aQuestion(), [1], 1)).toEqual([])
  expect(pressOption(aQuestion({ required: true }), [1], 1)).toEqual([1])
})

test('several choices toggle, stay in order and never pass the most', () => {
  expect(pressOption(several, [1], 0)).toEqual([0, 1])
  expect(pressOption(several, [0, 1], 1)).toEqual([0])
  expect(pressOption(several, [0, 1], 2)).toEqual([0, 1])
})

test.each<[QuestionType, string, boolean]>([
  ['mobile', '13800138000', true],
  ['mobile', '138 0013-8000', true],
  ['mobile', '+447700900123', true],
  ['mobile', '１３８００１３８０００', true],
  ['mobile', '23800138000', false],
  ['mobile', '1380013800', false],
  ['mobile', '+012345678', false],
  ['mail', 'a@b.c', true],
  ['mail', ' a@b.c ', true],
  ['mail', 'a@b', false],
  ['mail', 'a b@c.d', false],
  ['mail', 'a@b@c.d', false],
  ['name', '林晓', true],
  ['fill_in', 'anything', true],
])('%s %j: %s', (type, text, good) => {
  const question = aQuestion({ type, options: [] })

  expect(problemOf(question, { question: 'qn_1', text }) === null).toBe(good)
  expect(problemOf({ ...question, verify: false }, { question: 'qn_1', text })).toBeNull()
})

test('what is missing is only missing where it is required', () => {
  expect(problemOf(aQuestion(), undefined)).toBeNull()
  expect(problemOf(aQuestion({ required: true }), { question: 'qn_1', choices: [] })).toBe('answer_required')
  expect(problemOf(several, { question: 'qn_1', choices: [1] })).toBe('too_few_choices')
  expect(problemOf(several, undefined)).toBeNull()
})

const survey = aSurvey({ questions: [aQuestion({ required: true }), aQuestion({ id: 'qn_2', type: 'free_form', options: [] })] })

test('blanks count as no answer', () => {
  expect(answeredCount(survey, answersOf([{ question: 'qn_2', text: ' ' }, { question: 'qn_1', choices: [0] }]))).toBe(1)
  expect([...problemsOf(survey, new Map())]).toEqual([['qn_1', 'answer_required']])
})

test('what would be refused is begun, not answered', () => {
  const asked = aSurvey({ questions: [several, aQuestion({ id: 'qn_2', type: 'mail', options: [] }), aQuestion({ id: 'qn_3', required: true })] })
  const begun = answersOf([{ question: 'qn_1', choices: [0] }, { question: 'qn_2', text: 'ada@' }])

  expect([answeredCount(asked, begun), fittingCount(asked, begun)]).toEqual([2, 0])
  expect(fittingCount(asked, answersOf([{ question: 'qn_1', choices: [0, 2] }, { question: 'qn_2', text: 'ada@example.com' }]))).toBe(2)
})

test('a refusal finds its question by what was sent, or by its place in the survey', () => {
  const sent = [{ question: 'qn_2', text: 'x' }]
  const refusal = (field?: string) => ({ code: 'x', message: 'x', ...(field ? { field } : {}) })

  expect(questionOfRefusal(survey, sent, refusal('answers[0].text'))).toBe('qn_2')
  expect(questionOfRefusal(survey, sent, refusal('questions[0]'))).toBe('qn_1')
  expect(questionOfRefusal(survey, sent, refusal('answers'))).toBeNull()
  expect(questionOfRefusal(survey, sent, refusal('answers[7].text'))).toBeNull()
  expect(questionOfRefusal(survey, sent, refusal())).toBeNull()
})
