import { expect, test } from 'vitest'
import { aQuestion, aSurvey } from '@/live/samples'
import { orderOf, shownOptions, shownQuestions } from './shuffle'

const questions = Array.from({ length: 8 }, (_, index) => aQuestion({ id: `qn_${index}`, options: ['a', 'b', 'c', 'd', 'e'] }))
const ids = (viewer: string) => shownQuestions(aSurvey({ questions, shuffle_questions: true }), viewer).map(({ id }) => id)

test('an order holds every number once', () => {
  for (let count = 0; count < 30; count++) expect([...orderOf(count, `seed ${count}`)].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index))
})

test('the same viewer sees the same order again, another viewer another', () => {
  expect(ids('vw_1')).toEqual(ids('vw_1'))
  expect(ids('vw_1')).not.toEqual(ids('vw_2'))
})

test('every place is as likely as any other', () => {
  const firsts = Array.from({ length: 4_000 }, (_, viewer) => orderOf(4, `vw_${viewer} sv_1`)[0])

  for (const place of [0, 1, 2, 3]) expect(Math.abs(firsts.filter((first) => first === place).length - 1_000)).toBeLessThan(120) // four standard deviations
})

test('nothing moves where the host has not asked for it, nor true and false', () => {
  const plain = aSurvey({ questions })
  const shuffled = aSurvey({ questions, shuffle_options: true })
  const [question = aQuestion()] = questions

  expect(shownQuestions(plain, 'vw_1')).toBe(plain.questions)
  expect(shownOptions(plain, question, 'vw_1')).toEqual([0, 1, 2, 3, 4])
  expect(shownOptions(shuffled, question, 'vw_1')).not.toEqual([0, 1, 2, 3, 4])
  expect(shownOptions(shuffled, aQuestion({ type: 'true_false' }), 'vw_1')).toEqual([0, 1])
})
