import { expect, test } from 'vitest'
import type { Submission } from '@/api/types'
import type { Question, Survey } from '@/live/protocol'
import { answersTo, isLastMark, leftOf, markedQuestions, nextToMark, overrulable, pointsIn, withMark } from './marking'
import { fullPoints } from '../survey'
import { answerText, averagePoints, countsRight, rightRows, rowsOf, textsOf } from './results'

function question(change: Partial<Question> = {}): Question {
  return { id: 'qn_1', type: 'choice', title: 'Which?', picture: null, required: false, score: 10, options: ['one', 'two'], pictures: [], multiple: false, least: 1, most: 1, scale: 5, verify: true, right_options: [1], accepted: [], counts: [1, 3], answered: 4, right: 3, by_hand: false, to_mark: 0, ...change }
}

const survey = (change: Partial<Survey>, ...questions: Question[]) => ({ kind: 'exam', state: 'closed', answered: 4, points: 30, right_numbers: [], questions, ...change }) as unknown as Survey

function submission(name: string, answers: Submission['answers'], marks: Submission['marks'] = []): Submission {
  return { viewer: { id: `vw_${name}`, name }, answers, answered_at: '2026-01-05T08:00:00Z', right: 0, points: 0, to_mark: 0, marks }
}

test('a choice has a bar an option, the right ones marked; a rating a bar a rating, the best first', () => {
  expect(rowsOf(question(), 'en')).toMatchObject([
    { letter: 'A', count: 1, percent: '25%', right: false },
    { letter: 'B', count: 3, percent: '75%', right: true },
  ])
  expect(rowsOf(question({ type: 'rating', scale: 3, options: [], counts: [1, 0, 3] }), 'en').map(({ letter, count }) => [letter, count])).toEqual([['3', 3], ['2', 0], ['1', 1]])
  expect(rowsOf(question({ type: 'free_form', options: [], counts: [] }), 'en')).toEqual([])
})

test('averages are of those who answered, and of nobody there is none', () => {
  expect(averagePoints(survey({}))).toBe(7.5)
  expect(averagePoints(survey({ answered: 0 }))).toBeNull()
  expect(fullPoints(survey({}, question(), question({ score: 5 })))).toBe(15)
})

test('the distribution has every number from none to all', () => {
  const rows = rightRows(survey({ right_numbers: [{ number: 0, count: 1 }, { number: 2, count: 3 }] }, question(), question({ id: 'qn_2' }), question({ id: 'qn_3', right_options: [] })), 'en')

  expect(rows.map(({ letter, count }) => [letter, count])).toEqual([['2', 3], ['1', 0], ['0', 1]])
})

test('an answer in words has what was chosen, written and rated', () => {
  expect(answerText(question(), { question: 'qn_1', choices: [0, 1] }, '; ')).toBe('A. one; B. two')
  expect(answerText(question({ type: 'combined' }), { question: 'qn_1', choices: [1], text: 'because' }, '; ')).toBe('B. two – because')
  expect(answerText(question({ type: 'rating' }), { question: 'qn_1', rating: 4 }, '; ')).toBe('4 / 5')
  expect(answerText(question(), undefined, '; ')).toBe('')
})

test('a mark decides before the options do', () => {
  expect(countsRight(question(), { question: 'qn_1', choices: [1] }, undefined)).toBe(true)
  expect(countsRight(question(), { question: 'qn_1', choices: [0, 1] }, undefined)).toBe(false)
  expect(countsRight(question(), { question: 'qn_1', choices: [1] }, { question: 'qn_1', points: 4 })).toBe(false)
  expect(countsRight(question({ right_options: [] }), { question: 'qn_1', text: 'x' }, undefined)).toBeNull()
})

test('what was filled in is right in any accepted form', () => {
  const blank = question({ type: 'fill_in', options: [], right_options: [], accepted: ['Paris', '巴黎'] })

  expect(countsRight(blank, { question: 'qn_1', text: ' ＰＡＲＩＳ ' }, undefined)).toBe(true)
  expect(countsRight(blank, { question: 'qn_1', text: 'Lyon' }, undefined)).toBe(false)
  expect(countsRight(blank, { question: 'qn_1', text: 'Lyon' }, { question: 'qn_1', points: 10 })).toBe(true)
})

test('texts are found by what they say and by who said it', () => {
  const given = [submission('Ada', [{ question: 'qn_1', text: 'More charts' }]), submission('Bo', [{ question: 'qn_1', choices: [0] }]), submission('Chen', [{ question: 'qn_1', text: 'Louder' }])]

  expect(textsOf(question(), given, '').map(({ text }) => text)).toEqual(['More charts', 'Louder'])
  expect(textsOf(question(), given, 'CHEN').map(({ text }) => text)).toEqual(['Louder'])
})

test('marking goes on to the next answer without points, around the end, until there is none', () => {
  const asked = question({ type: 'free_form', by_hand: true })
  let given: Submission[] = ['a', 'b', 'c'].map((name) => submission(name, [{ question: 'qn_1', text: name }]))
  given = withMark(given, 'vw_b', 'qn_1', 4)
  const entries = answersTo(asked, given)

  expect(entries.map(({ points }) => points)).toEqual([null, 4, null])
  expect(leftOf(entries)).toBe(2)
  expect([nextToMark(entries, -1), nextToMark(entries, 0), nextToMark(entries, 2)]).toEqual([0, 2, 0])
  expect(nextToMark(answersTo(asked, withMark(withMark(given, 'vw_a', 'qn_1', 0), 'vw_c', 'qn_1', 10)), 1)).toBeNull()
})

test('the mark that settles the exam is the last of all questions, whoever knows it first: the counts or the answers', () => {
  const why = question({ id: 'qn_1', type: 'free_form', by_hand: true })
  const how = question({ id: 'qn_2', type: 'free_form', by_hand: true })
  const said = ['qn_1', 'qn_2'].map((asked) => ({ question: asked, text: 'x' }))
  const two = [submission('a', said), submission('b', [], [])]
  const one = withMark(two, 'vw_a', 'qn_1', 4)
  const first = { viewer: { id: 'vw_a', name: 'a' }, answer: { question: 'qn_1' }, points: null }
  const second = { ...first, answer: { question: 'qn_2' } }
  const exam = (to_mark: number) => survey({ to_mark }, why, how)

  expect(isLastMark(exam(2), why, first, two)).toBe(false)
  expect(isLastMark(exam(1), how, second, one)).toBe(true)
  expect(isLastMark(exam(2), how, second, one)).toBe(true) // the counts come later
  expect(isLastMark(exam(1), how, second, two)).toBe(true) // somebody else marks too
  expect(isLastMark(exam(1), why, { ...first, points: 4 }, one)).toBe(false)
  expect(isLastMark(exam(1), question({ type: 'fill_in' }), second, one)).toBe(false)
})

test('a later mark takes the place of the earlier one', () => {
  const [marked] = withMark(withMark([submission('a', [])], 'vw_a', 'qn_1', 4), 'vw_a', 'qn_1', 7)

  expect(marked?.marks).toEqual([{ question: 'qn_1', points: 7 }])
})

test('who left a question out has nothing to mark', () => {
  expect(answersTo(question(), [submission('a', [])])).toEqual([])
})

test('texts judged by the server may be overruled, choices not', () => {
  const asked = survey({}, question(), question({ id: 'qn_2', type: 'fill_in' }), question({ id: 'qn_3', type: 'free_form', by_hand: true }), question({ id: 'qn_4', type: 'combined', score: 0 }))

  expect(markedQuestions(asked).map(({ id }) => id)).toEqual(['qn_3'])
  expect(overrulable(asked).map(({ id }) => id)).toEqual(['qn_2'])
})

test.each([['7', 7], ['0', 0], ['10', 10], ['11', null], ['', null], ['-1', null], ['3.5', null], [' 8 ', 8], ['１０', 10]])('of %j typed, %j points are given', (typed, points) => {
  expect(pointsIn(typed, 10)).toBe(points)
})
