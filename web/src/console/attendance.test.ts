import { expect, test } from 'vitest'
import type { Attendance } from '@/api/types'
import { curveOf, curveOption, notBehind, ticksOf } from './attendance'

const attendance: Attendance = {
  since: '2026-01-05T08:00:00.000000Z',
  until: '2026-01-05T08:01:30.000000Z',
  step_s: 60,
  viewers: 5,
  online: 2,
  peak: { viewers: 4, at: '2026-01-05T08:00:20.000000Z' },
  points: [
    { at: '2026-01-05T08:00:00.000000Z', online: 0, most: 4, entered: 4, left: 1 },
    { at: '2026-01-05T08:01:00.000000Z', online: 3, most: 4, entered: 1, left: 2 },
  ],
}

test('each step shows its most, so that no peak is lost, and the end who is there', () => {
  const start = Date.parse(attendance.since)

  expect(curveOf(attendance)).toEqual([
    [start, 4],
    [start + 60_000, 4],
    [start + 90_000, 2],
  ])
})

test('the axis spans the live session, also one that has only begun', () => {
  const colours = { line: '#000', ground: '#eee', quiet: '#666', rule: '#ddd', font: 'sans-serif' }
  const begun = curveOption({ ...attendance, until: attendance.since, points: [] }, 'en', colours, false) as { xAxis: { min: number; max: number } }

  expect(begun.xAxis.max).toBeGreaterThan(begun.xAxis.min)
})

test.each([[1], [7], [40], [90], [200], [1_000], [4_000], [30_000], [400_000]])('no two labels of %i seconds say the same', (seconds) => {
  const colours = { line: '#000', ground: '#eee', quiet: '#666', rule: '#ddd', font: 'sans-serif' }
  const from = Date.parse(attendance.since) + 3_210
  const until = new Date(from + seconds * 1_000).toISOString()
  const { xAxis } = curveOption({ ...attendance, since: new Date(from).toISOString(), until }, 'en', colours, false) as { xAxis: { axisLabel: { formatter: (at: number) => string; customValues: number[] } } }
  const { formatter, customValues } = xAxis.axisLabel
  const labels = customValues.map(formatter)

  expect(labels.length).toBeGreaterThanOrEqual(1)
  expect(labels.length).toBeLessThanOrEqual(5)
  expect(new Set(labels).size).toBe(labels.length)
  expect(customValues.every((at) => at >= from && at <= from + seconds * 1_000)).toBe(true)
})

test('the peak and those who have entered are never below who is there now', () => {
  expect(notBehind(attendance, 2)).toEqual({ viewers: 5, peak: 4, peakAt: attendance.peak?.at })
  expect(notBehind(attendance, 9)).toEqual({ viewers: 9, peak: 9, peakAt: undefined })
  expect(notBehind({ ...attendance, viewers: 0, peak: null }, 0)).toEqual({ viewers: 0, peak: 0, peakAt: undefined })
})

test('labels have seconds only where minutes would not do', () => {
  const from = Date.parse(attendance.since)

  expect(ticksOf(from, from + 60_000)).toEqual({ at: [0, 15, 30, 45, 60].map((s) => from + s * 1_000), seconds: true, days: false })
  expect(ticksOf(from, from + 240_000).seconds).toBe(false)
})
