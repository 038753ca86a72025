import { expect, test } from 'vitest'
import type { Answer, Own, OwnResult } from '@/live/protocol'
import { aQuestion, aSurvey } from '@/live/samples'
import { fullPoints } from '../survey'
import { outcomeOf, rightableCount, spread } from './outcome'

const exam = aSurvey({ kind: 'exam', state: 'closed', published: true })
const settled = { ...exam, state: 'settled' } as const
const own = (answer: Omit<Answer, 'question'>, result?: Partial<OwnResult>): Own => ({
  survey: 'sv_1',
  submitted: true,
  answers: [{ question: 'qn_1', ...answer }],
  answered_at: null,
  ...(result ? { result: { right: 0, points: 0, to_mark: 0, marks: [], ...result } } : {}),
})
const several = aQuestion({ multiple: true, options: ['a', 'b', 'c'], right_options: [0, 2], score: 3 })

test.each([
  [[2, 0], 'right', 3],
  [[0], 'wrong', 0],
  [[0, 1, 2], 'wrong', 0],
] as const)('right options 0 and 2, choices %j: %s', (choices, verdict, points) => {
  expect(outcomeOf(exam, several, own({ choices }))).toEqual({ verdict, points })
})

test('nothing right, nothing judged; no answer where something could be right is missed', () => {
  expect(outcomeOf(exam, aQuestion({ score: 0 }), own({ choices: [0] }))).toEqual({ verdict: 'unjudged', points: null })
  expect(outcomeOf(exam, several, undefined)).toEqual({ verdict: 'missed', points: 0 })
  expect(outcomeOf(exam, aQuestion({ score: 0 }), undefined)).toEqual({ verdict: 'unjudged', points: null })
})

test('what was saved and not submitted is no answer', () => {
  expect(outcomeOf(exam, several, { ...own({ choices: [0, 2] }), submitted: false }).verdict).toBe('missed')
})

test.each(['beijing', ' BEIJING ', 'Ｂｅｉｊｉｎｇ'])('%j is an accepted form', (text) => {
  expect(outcomeOf(exam, aQuestion({ type: 'fill_in', options: [], accepted: ['北京', 'Beijing'], score: 2 }), own({ text }))).toEqual({ verdict: 'right', points: 2 })
})

const free = aQuestion({ type: 'free_form', options: [], score: 5 })

test('a text is being marked until it has points, or until the result is settled', () => {
  const mark = (points: number) => own({ text: 'x' }, { marks: [{ question: 'qn_1', points }] })

  expect(outcomeOf(exam, free, own({ text: 'x' }))).toEqual({ verdict: 'marking', points: null })
  expect(outcomeOf(exam, free, mark(5))).toEqual({ verdict: 'right', points: 5 })
  expect(outcomeOf(exam, free, mark(2))).toEqual({ verdict: 'partly', points: 2 })
  expect(outcomeOf(exam, free, mark(0))).toEqual({ verdict: 'wrong', points: 0 })
  expect(outcomeOf(settled, free, own({ text: 'x' }))).toEqual({ verdict: 'wrong', points: 0 })
})

test('a mark overrules the automatic judgement', () => {
  const question = aQuestion({ type: 'fill_in', options: [], accepted: ['Beijing'], score: 2 })

  expect(outcomeOf(exam, question, own({ text: 'Peking' }, { marks: [{ question: 'qn_1', points: 2 }] }))).toEqual({ verdict: 'right', points: 2 })
})

test('a questionnaire judges no text', () => {
  expect(outcomeOf({ ...exam, kind: 'questionnaire' }, { ...free, score: 0 }, own({ text: 'x' })).verdict).toBe('unjudged')
})

test('the spread has a place for every number of right answers, from none to all', () => {
  const survey = { ...exam, questions: [several, free, aQuestion({ score: 0 })], right_numbers: [{ number: 1, count: 4 }] }

  expect(fullPoints(survey)).toBe(8)
  expect(rightableCount(survey)).toBe(2)
  expect(spread(survey)).toEqual([{ number: 0, count: 0 }, { number: 1, count: 4 }, { number: 2, count: 0 }])
  expect(spread({ ...survey, right_numbers: [] })).toEqual([])
})
