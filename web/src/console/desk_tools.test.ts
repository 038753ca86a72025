import { expect, test } from 'vitest'
import { begin } from '@/live/fold'
import { aCheckIn, aDraw, aQuestion, aSnapshot, aSurvey } from '@/live/samples'
import { barsOf, toolsOf } from './desk_tools'

const ended = { id: 'ls_1', title: 'Monday', state: 'ended', started_at: '2026-01-05T08:00:00Z', ended_at: '2026-01-05T09:00:00Z' } as const

const snapshot = aSnapshot({
  surveys: [
    aSurvey({ id: 'draft', state: 'draft', opened_at: null, created_at: '2026-01-05T08:05:00Z' }),
    aSurvey({ id: 'open', state: 'open', answered: 3, expected: 9, opened_at: '2026-01-05T08:10:00Z' }),
    aSurvey({ id: 'closed', state: 'closed', published: false, opened_at: '2026-01-05T08:01:00Z' }),
    aSurvey({ id: 'published', state: 'settled', published: true, opened_at: '2026-01-05T08:02:00Z' }),
  ],
  checkins: [aCheckIn({ id: 'roll', state: 'open', confirmed: 2, expected: 5, opened_at: '2026-01-05T08:11:00Z' }), aCheckIn({ id: 'old', state: 'closed', opened_at: '2026-01-05T08:03:00Z' })],
  draws: [aDraw({ id: 'raffle', state: 'committed', opened_at: null, created_at: '2026-01-05T08:12:00Z' }), aDraw({ id: 'rolling', state: 'closed', opened_at: '2026-01-05T08:04:00Z' }), aDraw({ id: 'off', state: 'cancelled' })],
})

test('what runs comes first, then what is prepared, then what is done, each with the one press that moves it', () => {
  expect(toolsOf(begin(snapshot)).map(({ id, group, next }) => [id, group, next])).toEqual([
    ['roll', 'running', 'close'],
    ['open', 'running', 'close'],
    ['rolling', 'running', null],
    ['raffle', 'prepared', 'open'],
    ['draft', 'prepared', 'open'],
    ['old', 'over', null],
    ['published', 'over', null],
    ['closed', 'over', 'publish'],
  ])
})

test('after the end a result can still be published, and nothing else happens', () => {
  const moves = toolsOf({ ...begin(snapshot), live_session: ended }).filter(({ next }) => next !== null)

  expect(moves.map(({ id, next }) => [id, next])).toEqual([['closed', 'publish']])
})

test('counts stand beside what they are of, which is never less', () => {
  const counts = new Map(toolsOf(begin(snapshot)).map(({ id, count, of }) => [id, [count, of]]))

  expect(counts.get('open')).toEqual([3, 9])
  expect(counts.get('roll')).toEqual([2, 5])
  expect(counts.get('raffle')).toEqual([0, null])
  expect(toolsOf(begin(aSnapshot({ surveys: [aSurvey({ answered: 4, expected: 1 })] })))[0]?.of).toBe(4)
})

test('bars are parts of the largest, and a text has none', () => {
  expect(barsOf(aSurvey({ questions: [aQuestion({ counts: [2, 8, 0], right_options: [1] })] }))).toEqual([
    { count: 2, part: 0.25, right: false },
    { count: 8, part: 1, right: true },
    { count: 0, part: 0, right: false },
  ])
  expect(barsOf(aSurvey({ questions: [aQuestion({ counts: [] })] }))).toEqual([])
})
