import { expect, test } from 'vitest'
import { aDraw } from '@/live/samples'
import { isLate, momentOf } from './drawing_moment'

const at = (seconds: number) => Date.parse('2026-01-05T08:00:00Z') + seconds * 1_000
const closed = aDraw({ state: 'closed', entropy: 'offline', closed_at: '2026-01-05T08:00:00Z' })
const byRound = { ...closed, entropy: 'drand' as const, round: 7, decided_at: '2026-01-05T08:00:12Z' }
const drawn = { ...closed, state: 'drawn' as const }

test('winners that were there in a tenth of a second come after a rolling moment, unless nothing may move', () => {
  expect(momentOf(drawn, at(0), at(0.1), false)).toBe('rolling')
  expect(momentOf(drawn, at(0), at(2.6), false)).toBe(null)
  expect(momentOf(drawn, at(0), at(0.1), true)).toBe(null)
})

test('a page that comes after the draw shows its winners at once', () => {
  expect(momentOf(drawn, null, at(0.1), false)).toBe(null)
})

test('it rolls until its round is out, and no longer than it takes to be bored', () => {
  expect(momentOf(aDraw({ state: 'closing' }), at(0), at(1), false)).toBe('rolling')
  expect(momentOf(byRound, at(0), at(16), false)).toBe('rolling')
  expect(momentOf(byRound, at(0), at(17), false)).toBe('waiting')
  expect(momentOf(byRound, null, at(600), false)).toBe('waiting')
  expect(momentOf(closed, at(0), at(15), false)).toBe('waiting')
})

test('a round is late when it was due a while ago', () => {
  expect(isLate(byRound, at(13))).toBe(false)
  expect(isLate(byRound, at(17))).toBe(true)
  expect(isLate(closed, at(600))).toBe(false)
  expect(isLate({ ...byRound, state: 'drawn' }, at(600))).toBe(false)
})
