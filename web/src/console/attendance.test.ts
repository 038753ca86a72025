import { expect, test } from 'vitest'
import type { Attendance } from '@/api/types'
import { curveOf, curveOption } from './attendance'

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
