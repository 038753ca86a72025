import { expect, test } from 'vitest'
import { aQuestion, aSurvey } from '@/live/samples'
import { questionShown } from './bars'

const question = aQuestion({ counts: [3, 1], answered: 4, right_options: [0] })
const published = aSurvey({ state: 'closed', published: true, questions: [question] })

test('a published result is bars of the people who answered, the right option marked', () => {
  const { bars, answered } = questionShown(published, question, true)

  expect(bars).toMatchObject([
    { mark: 'A', text: 'one', count: 3, share: 0.75, right: true },
    { mark: 'B', text: 'two', count: 1, share: 0.25, right: false },
  ])
  expect(answered).toBe(4)
})

test('the option most people chose stands out, and each of several; where something is right, that does', () => {
  const leading = (counts: number[], right_options: number[] = []) =>
    questionShown(published, aQuestion({ options: ['a', 'b', 'c'], counts, answered: 9, right_options }), true).bars.map(({ leads }) => leads)

  expect(leading([1, 5, 3])).toEqual([false, true, false])
  expect(leading([4, 1, 4])).toEqual([true, false, true])
  expect(leading([0, 0, 0])).toEqual([false, false, false])
  expect(leading([1, 5, 3], [0])).toEqual([false, false, false])
})

test.each([
  ['open', aSurvey({ ...published, state: 'open' }), true],
  ['closed and not published', aSurvey({ ...published, published: false }), true],
  ['published, and the presenter wants the question', published, false],
])('no count and no right option is shown: %s', (_, survey, results) => {
  const { bars, answered } = questionShown(survey, question, results)

  expect(bars.map(({ text, count, share, right }) => [text, count, share, right])).toEqual([
    ['one', null, 0, false],
    ['two', null, 0, false],
  ])
  expect(answered).toBeNull()
})

test('ratings have their best on top, with the mean; before, nothing to choose from is drawn', () => {
  const rating = aQuestion({ type: 'rating', options: [], scale: 3, counts: [1, 0, 3], answered: 4 })
  const { bars, average } = questionShown(published, rating, true)
  expect(bars.map(({ mark, count }) => [mark, count])).toEqual([
    ['3', 3],
    ['2', 0],
    ['1', 1],
  ])
  expect(average).toBe(2.5)
  expect(questionShown(aSurvey(), rating, true).bars).toEqual([])
})

test('a blank shows what was right once that is published', () => {
  const blank = aQuestion({ type: 'fill_in', options: [], accepted: ['Paris', '巴黎'] })
  expect(questionShown(published, blank, true).accepted).toBe('Paris / 巴黎')
  expect(questionShown(aSurvey(), blank, true).accepted).toBe('')
})
