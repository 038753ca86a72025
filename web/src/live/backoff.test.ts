import { expect, test } from 'vitest'
import { backoffMs } from './backoff'

test('waits grow with failures up to a limit', () => {
  const waits = [0, 1, 2, 3, 4, 5, 20].map((failures) => backoffMs(failures, 1))

  expect(waits).toEqual([800, 1600, 3200, 6400, 12_800, 20_000, 20_000])
})

test('jitter spreads the tries, and none is immediate', () => {
  expect(backoffMs(3, 0)).toBe(1280)
  expect(backoffMs(3, 0.5)).toBe(3840)
})

test('where somebody is waited for, the longest wait is shorter', () => {
  expect(backoffMs(10, 1, 5_000)).toBe(5_000)
  expect(backoffMs(0, 1, 5_000)).toBe(800)
})
