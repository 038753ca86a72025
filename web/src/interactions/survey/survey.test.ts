import { expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import type { Survey } from '@/live/protocol'
import { aQuestion } from '@/live/samples'
import { countdownOf, useCountdown } from './countdown'
import { averageRating, averageText, fraction, isShown, percentText, rightText } from './survey'

test('nobody answered is nothing, not an error', () => {
  expect(fraction(0, 0)).toBe(0)
  expect(percentText(1, 3, 'en')).toBe('33%')
  expect(rightText(aQuestion({ right: 0, answered: 0 }), 'en')).toBe('–')
})

test('equal counts have equal shares, each as a calculator says', () => {
  expect([9, 9, 16].map((count) => percentText(count, 34, 'en'))).toEqual(['26%', '26%', '47%'])
  expect([5, 1, 23, 5].map((count) => percentText(count, 34, 'en'))).toEqual(['15%', '3%', '68%', '15%'])
  expect(rightText(aQuestion({ right: 23, answered: 34 }), 'en')).toBe('68%')
})

test('an average counts people, and of nobody there is none', () => {
  expect(averageRating(aQuestion({ counts: [1, 0, 0, 0, 3] }))).toBe(4)
  expect(averageRating(aQuestion({ counts: [0, 0] }))).toBeNull()
  expect([averageText(4, 'en'), averageText(3.25, 'zh-CN')]).toEqual(['4.0', '3.3'])
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

test('what has no limit is not drawn anew while the time goes by', () => {
  vi.useFakeTimers()
  const scope = effectScope()
  const countdown = scope.run(() => useCountdown(() => ({ ...limited, closes_at: null }), () => Date.now()))
  const before = countdown?.value
  vi.advanceTimersByTime(1_000)

  expect(countdown?.value).toBe(before)
  scope.stop()
  vi.useRealTimers()
})
