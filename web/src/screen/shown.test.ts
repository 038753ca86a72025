import { expect, test } from 'vitest'
import { begin } from '@/live/fold'
import { aCheckIn, aDraw, aSnapshot, aSurvey } from '@/live/samples'
import type { Snapshot } from '@/live/protocol'
import { choicesOf, idOf, MOMENT_MS, pickedOf, shownOf, STAYS_MS, type Seen } from './shown'

const at = (minute: number) => `2026-01-05T08:${String(minute).padStart(2, '0')}:00.000000Z`
const ms = (minute: number) => Date.parse(at(minute))
const seen = (change: Partial<Snapshot>, more: Partial<Seen> = {}): Seen => ({ picture: begin(aSnapshot(change)), last: null, touched: new Map(), ...more })
const closed = (id: string, minute: number) => aSurvey({ id, state: 'closed', closed_at: at(minute) })

test('a draw that is being drawn comes before everything', () => {
  const shown = shownOf(seen({ surveys: [aSurvey({ opened_at: at(9) })], draws: [aDraw({ state: 'closed', opened_at: at(1) })] }), ms(10))

  expect(shown.what).toBe('draw')
})

test('of what is open, what was opened last', () => {
  const surveys = [aSurvey({ opened_at: at(3) })]
  expect(shownOf(seen({ surveys, checkins: [aCheckIn({ opened_at: at(2) })] }), ms(4)).what).toBe('survey')
  expect(shownOf(seen({ surveys, checkins: [aCheckIn({ opened_at: at(4) })] }), ms(4)).what).toBe('checkin')
  expect(shownOf(seen({ surveys, draws: [aDraw({ opened_at: at(5) })] }), ms(5)).what).toBe('draw')
  expect(shownOf(seen({ surveys, draws: [aDraw({ state: 'committed', committed_at: at(2), opened_at: null })] }), ms(5)).what).toBe('survey')
})

test('what is open comes before what is over, and that stays for ten minutes', () => {
  const over = closed('sv_1', 5)
  expect(shownOf(seen({ surveys: [over], checkins: [aCheckIn({ opened_at: at(1) })] }), ms(6)).what).toBe('checkin')
  expect(shownOf(seen({ surveys: [closed('sv_0', 4), over] }), ms(6))).toMatchObject({ what: 'survey', survey: { id: 'sv_1' } })
  expect(shownOf(seen({ surveys: [over] }), ms(5) + STAYS_MS).what).toBe('join')
})

test('winners and results are seen for a moment though something else is still open', () => {
  const open = aCheckIn({ opened_at: at(2) })
  const drawn = aDraw({ state: 'drawn', finished_at: at(5) })
  expect(shownOf(seen({ checkins: [open], draws: [drawn] }), ms(5)).what).toBe('draw')
  expect(shownOf(seen({ checkins: [open], draws: [drawn] }), ms(5) + MOMENT_MS).what).toBe('checkin')
  expect(shownOf(seen({ checkins: [aCheckIn({ opened_at: at(6) })], draws: [drawn] }), ms(5)).what).toBe('checkin')
  expect(shownOf(seen({ checkins: [open], draws: [aDraw({ state: 'cancelled', finished_at: at(5) })] }), ms(5)).what).toBe('checkin')
  expect(shownOf(seen({ checkins: [open], surveys: [closed('sv_1', 5)] }), ms(5)).what).toBe('checkin')
  const short = aCheckIn({ opened_at: at(2), closes_at: at(5).replace(':00.', ':15.') })
  expect(shownOf(seen({ checkins: [short], draws: [drawn] }), ms(5)).what).toBe('checkin')
  const published = aSurvey({ id: 'sv_1', state: 'closed', closed_at: at(1), published: true })
  expect(shownOf(seen({ checkins: [open], surveys: [published] }, { touched: new Map([['sv_1', at(5)]]) }), ms(5)).what).toBe('survey')
})

test('a result that is published late is shown anew', () => {
  const surveys = [closed('sv_1', 1), closed('sv_2', 3)]
  expect(shownOf(seen({ surveys }, { touched: new Map([['sv_1', at(14)]]) }), ms(15))).toMatchObject({ survey: { id: 'sv_1' } })
})

test('drafts, what was withdrawn and draws nobody knew of are no concern of the hall', () => {
  const surveys = [aSurvey({ state: 'draft', opened_at: null }), aSurvey({ id: 'sv_2', state: 'withdrawn', closed_at: at(1) })]
  const draws = [aDraw({ state: 'cancelled', committed_at: null, finished_at: at(1) }), aDraw({ id: 'dr_2', state: 'draft', committed_at: null })]

  expect(shownOf(seen({ surveys, draws, checkins: [aCheckIn({ state: 'withdrawn' })] }), ms(2)).what).toBe('join')
})

test('after the end thanks, also for a screen that was switched on later; then the code to join', () => {
  const over = { live_session: { ...aSnapshot().live_session, state: 'ended' as const, ended_at: at(20) } }
  const last = { title: 'Monday', ended_at: at(20), viewers: 3, answers: 5 }
  expect(shownOf(seen({ ...over, surveys: [closed('sv_1', 20)] }), ms(21)).what).toBe('thanks')
  expect(shownOf({ picture: null, last, touched: new Map() }, ms(21)).what).toBe('thanks')
  expect(shownOf({ picture: null, last, touched: new Map() }, ms(20) + STAYS_MS).what).toBe('join')
  expect(shownOf({ picture: null, last: null, touched: new Map() }, ms(21)).what).toBe('join')
})

test('winners drawn after the end are seen before the thanks', () => {
  const over = { live_session: { ...aSnapshot().live_session, state: 'ended' as const, ended_at: at(20) } }
  expect(shownOf(seen({ ...over, draws: [aDraw({ state: 'drawn', finished_at: at(21) })] }), ms(22)).what).toBe('draw')
})

test('a presenter brings up something else that is open, until the rule comes to something new', () => {
  const [survey, checkin] = [aSurvey({ id: 'sv_1', opened_at: at(3) }), aCheckIn({ id: 'ck_1', opened_at: at(2) })]
  const before = seen({ surveys: [survey], checkins: [checkin] })
  const ruled = shownOf(before, ms(4))
  expect(choicesOf(before, ruled)).toEqual(['sv_1', 'ck_1'])

  const picked = { id: 'ck_1', insteadOf: idOf(ruled) }
  expect(pickedOf(before, ruled, picked)).toMatchObject({ what: 'checkin' })
  const withDraw = seen({ surveys: [survey], checkins: [checkin], draws: [aDraw({ id: 'dr_1', opened_at: at(5) })] })
  expect(pickedOf(withDraw, shownOf(withDraw, ms(5)), picked)).toMatchObject({ what: 'draw' })
  expect(choicesOf(withDraw, shownOf(withDraw, ms(5)))).toEqual(['dr_1', 'sv_1', 'ck_1'])
  const over = seen({ surveys: [survey], checkins: [{ ...checkin, state: 'closed', closed_at: at(4) }] })
  expect(pickedOf(over, shownOf(over, ms(4)), picked)).toMatchObject({ what: 'survey' })
})
