import { expect, test } from 'vitest'
import { aQuestion, aSurvey } from '@/live/samples'
import { EVERYBODY, answersOf, isUnreadable, ordersOf, wantedOf } from './submission_filter'

test('what is chosen is what is asked for, and nothing else', () => {
  expect(Object.values(wantedOf(EVERYBODY)).filter(Boolean)).toEqual([])
  expect(wantedOf({ search: ' Li ', result: 'wrong', pointsFrom: '5', pointsTo: 'x', choice: 'qn_1:2', order: 'points_last' })).toEqual({
    search: 'Li',
    result: 'wrong',
    points_from: 5,
    points_to: undefined,
    question: 'qn_1',
    choice: 2,
    sort: 'points',
    descending: true,
  })
  expect(wantedOf({ ...EVERYBODY, choice: 'qn_1' })).toMatchObject({ question: 'qn_1', choice: undefined })
})

test.each([
  ['', false],
  [' 12 ', false],
  ['12.5', true],
  ['-1', true],
  ['1234567', true],
])('of points, %j cannot be read: %s', (typed, wrong) => {
  expect(isUnreadable(typed)).toBe(wrong)
})

test('one may look for an option, a rating, or an answer at all', () => {
  const survey = aSurvey({ questions: [aQuestion({ id: 'a', options: ['x', 'y'] }), aQuestion({ id: 'b', type: 'rating', options: [], scale: 3 }), aQuestion({ id: 'c', type: 'free_form', options: [] })] })

  expect(answersOf(survey).map(({ value }) => value)).toEqual(['a', 'a:0', 'a:1', 'b', 'b:1', 'b:2', 'b:3', 'c'])
})

test('orders by points are for exams, by right answers where several can be right', () => {
  expect(ordersOf(aSurvey())).toEqual(['viewer', 'answered_at', 'answered_at_last'])
  expect(ordersOf(aSurvey({ kind: 'exam', questions: [aQuestion({ right_options: [0] }), aQuestion()] }))).toHaveLength(7)
})
