import { expect, test } from 'vitest'
import type { Question, Survey } from '@/live/protocol'
import { countdownOf } from './countdown'
import { fraction, isShown, outcomeOf, percentText, pressOption } from './survey'

const question = (right_options?: number[]): Question => ({
  id: 'qn_1',
  type: 'choice',
  title: 'Which?',
  multiple: true,
  score: 1,
  options: ['one', 'two', 'three'],
  ...(right_options ? { right_options } : {}),
})

test.each([
  [[0, 2], [2, 0], 'right'],
  [[0, 2], [0], 'wrong'],
  [[0], [0, 2], 'wrong'],
  [[], [1], 'unjudged'],
] as const)('right options %j and choices %j are %s', (right, mine, outcome) => {
  expect(outcomeOf(question([...right]), mine)).toBe(outcome)
})

test('without an answer a question is missed, even where nothing is right', () => {
  expect(outcomeOf(question([]), undefined)).toBe('missed')
})

test('a single choice replaces, a multiple choice toggles and stays in order', () => {
  expect(pressOption([1], 0, false)).toEqual([0])
  expect(pressOption([1], 0, true)).toEqual([0, 1])
  expect(pressOption([0, 1], 0, true)).toEqual([1])
})

test('nobody answered is nothing, not an error', () => {
  expect(fraction(0, 0)).toBe(0)
  expect(percentText(1, 3, 'en')).toBe('33%')
})

test('a result is shown only when it is published and the card is over', () => {
  expect(isShown({ published: true, state: 'open' } as Survey)).toBe(false)
  expect(isShown({ published: false, state: 'closed' } as Survey)).toBe(false)
  expect(isShown({ published: true, state: 'settled' } as Survey)).toBe(true)
})

const limited = { state: 'open', opened_at: '2026-01-05T08:00:00Z', closes_at: '2026-01-05T08:01:00Z' } as Survey
const second = (n: number) => Date.parse('2026-01-05T08:00:00Z') + n * 1000

test('a countdown runs by the given time, from calm over short to over', () => {
  expect(countdownOf(limited, second(6))).toEqual({ leftMs: 54_000, left: 0.9, mood: 'calm' })
  expect(countdownOf(limited, second(50))).toMatchObject({ leftMs: 10_000, mood: 'short' })
  expect(countdownOf(limited, second(61))).toEqual({ leftMs: 0, left: 0, mood: 'over' })
})

test('a clock that lags shows no more time than there is', () => {
  expect(countdownOf(limited, second(-5))).toMatchObject({ leftMs: 60_000, left: 1 })
})

test('without a time limit, or once closed, nothing counts down', () => {
  expect(countdownOf({ ...limited, closes_at: null }, second(1)).leftMs).toBeNull()
  expect(countdownOf({ ...limited, state: 'closed' }, second(1)).leftMs).toBeNull()
})
