// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from 'vitest'
import { effectScope, nextTick, shallowReactive, shallowRef, type EffectScope } from 'vue'
import { begin, type Picture } from '@/live/fold'
import type { CheckIn, Draw, Survey } from '@/live/protocol'
import { aCheckIn, aDraw, aSnapshot, aSurvey } from '@/live/samples'
import type { TakingPartState } from '@/live/taking_part'
import { useActivities } from './activities'

let scope: EffectScope
let taking: TakingPartState
let answering: boolean
let asked: boolean
const now = shallowRef<Picture | null>(null)
const picture = (parts: { checkins?: CheckIn[]; draws?: Draw[]; surveys?: Survey[] }): Picture => begin(aSnapshot(parts))
const minute = (at: number) => `2026-01-05T08:${String(at).padStart(2, '0')}:00Z`
const closed = (id: string, at: number) => aCheckIn({ id, state: 'closed', closed_at: minute(at) })
const drawn = (id: string, at: number) => aDraw({ id, state: 'drawn', finished_at: minute(at) })

beforeEach(() => {
  sessionStorage.clear()
  answering = asked = false
  taking = shallowReactive<TakingPartState>({ checkins: new Map(), draws: new Map(), joining: new Map(), filling: new Map(), awaiting: new Set(), salts: new Map() })
})
afterEach(() => scope.stop())

function begins(parts: Parameters<typeof picture>[0]) {
  now.value = picture(parts)
  scope = effectScope()
  const activities = scope.run(() => useActivities('abcd', () => now.value, taking, () => answering, () => asked))
  if (!activities) throw new Error('no scope')
  const ids = () => ({ above: activities.above.value.map(({ id }) => id), under: activities.under.value.map(({ id }) => id), earlier: activities.earlier.value.map(({ id }) => id) })
  return { ...activities, ids }
}

async function becomes(parts: Parameters<typeof picture>[0]): Promise<void> {
  now.value = picture(parts)
  await nextTick()
}

test('what is open stands on top, and what ended last of each kind under it', () => {
  const { ids } = begins({ checkins: [closed('ci_2', 20), closed('ci_1', 10)], draws: [drawn('dr_2', 30), drawn('dr_1', 5)] })

  expect(ids()).toEqual({ above: ['dr_2', 'ci_2'], under: [], earlier: ['ci_1', 'dr_1'] })
})

test('makes room for something newer, and goes when it is put away, also after a reload', async () => {
  const { ids, putAway } = begins({ checkins: [closed('ci_1', 10)], draws: [drawn('dr_1', 5)] })
  putAway('ci_1')
  expect(ids().above).toEqual(['dr_1'])
  await becomes({ checkins: [closed('ci_1', 10)], draws: [drawn('dr_1', 5)], surveys: [aSurvey({ opened_at: minute(6) })] })
  expect(ids()).toEqual({ above: [], under: [], earlier: ['ci_1', 'dr_1'] })

  scope.stop()
  expect(begins({ checkins: [closed('ci_1', 10)] }).ids().above).toEqual([])
})

test('a prize that still asks for something stays, whatever is opened', () => {
  taking.draws = new Map([['dr_1', { draw: 'dr_1', entered: true, code: 'vw_1', prizes: [{ prize: 'pz_1', filled: false }] }]])
  const { ids } = begins({ draws: [drawn('dr_2', 20), drawn('dr_1', 5)], surveys: [aSurvey({ opened_at: minute(30) })] })

  expect(ids().above).toEqual(['dr_1'])
})

test('while something is half answered, what is new comes under it', async () => {
  const { ids, fresh } = begins({ surveys: [aSurvey()] })
  answering = true
  await becomes({ surveys: [aSurvey()], checkins: [aCheckIn()] })

  expect(ids()).toMatchObject({ above: [], under: ['ci_1'] })
  expect(fresh.value).toBe('ci_1')
})

test('a check-in that was taken back is said once', async () => {
  const { ids, withdrawn, putAway } = begins({ checkins: [aCheckIn()] })
  await becomes({})

  expect(ids().above).toEqual([])
  expect([...withdrawn.value]).toEqual([['ci_1', 'Morning']])
  putAway('ci_1')
  expect(withdrawn.value.size).toBe(0)
})

test('what the own confirmation is done with stays where it is until something comes; then it goes under what waits for an answer', async () => {
  const { ids, fresh } = begins({ checkins: [aCheckIn()] })
  taking.checkins = new Map([['ci_1', { checkin: 'ci_1', confirmed_at: minute(1) }]])
  await nextTick()
  expect(ids()).toMatchObject({ above: ['ci_1'], under: [] })

  asked = true
  await becomes({ checkins: [aCheckIn()], surveys: [aSurvey()] })
  expect(ids()).toMatchObject({ above: [], under: ['ci_1'] })
  expect(fresh.value).toBeNull()
})

test('a draw that ends under an open vote is pointed to, and one that was won stands over it', async () => {
  const own = { draw: 'dr_1', entered: true, code: 'vw_1', prizes: [] }
  taking.draws = new Map([['dr_1', own]])
  asked = true
  const { ids, fresh } = begins({ draws: [aDraw({ id: 'dr_1' })], surveys: [aSurvey()] })
  expect(ids()).toMatchObject({ above: [], under: ['dr_1'] })
  await becomes({ draws: [drawn('dr_1', 20)], surveys: [aSurvey()] })
  expect(ids()).toMatchObject({ above: [], under: ['dr_1'] })
  expect(fresh.value).toBe('dr_1')

  taking.draws = new Map([['dr_1', { ...own, prizes: [{ prize: 'pz_1', filled: false }] }]])
  await nextTick()
  expect(ids()).toMatchObject({ above: ['dr_1'], under: [] })
})

test('while it is not known what was won, a draw that has ended stays on top; a loss goes under the open vote', async () => {
  asked = true
  const { ids, fresh } = begins({ draws: [aDraw({ id: 'dr_1' })], surveys: [aSurvey()] })
  taking.awaiting = new Set(['dr_1'])
  await becomes({ draws: [drawn('dr_1', 20)], surveys: [aSurvey()] })
  expect(ids()).toMatchObject({ above: ['dr_1'], under: [] })

  taking.awaiting = new Set()
  await nextTick()
  expect(ids()).toMatchObject({ above: [], under: ['dr_1'] })
  expect(fresh.value).toBe('dr_1')
})

test('what is done stands under a result that is newer, and what is wanted over what is done', async () => {
  const { ids } = begins({ draws: [drawn('dr_1', 20)], surveys: [aSurvey({ state: 'closed', closed_at: minute(15) })] })
  expect(ids()).toMatchObject({ above: ['dr_1'], under: [] })
  await becomes({ draws: [drawn('dr_1', 20)], surveys: [aSurvey({ state: 'closed', published: true, closed_at: minute(15) })] })
  expect(ids()).toMatchObject({ above: [], under: ['dr_1'] })

  taking.checkins = new Map([['ci_1', { checkin: 'ci_1', confirmed_at: minute(1) }]])
  await becomes({ checkins: [aCheckIn()], draws: [aDraw({ id: 'dr_2' })] })
  expect(ids().above).toEqual(['dr_2', 'ci_1'])
})

test('while somebody writes in a card nothing moves', async () => {
  const { ids } = begins({ draws: [aDraw({ id: 'dr_1', who: 'word' })] })
  document.body.innerHTML = '<article data-part="dr_1"><input type="text" /></article>'
  document.querySelector('input')?.focus()
  await becomes({ draws: [aDraw({ id: 'dr_1', who: 'word' })], checkins: [aCheckIn()] })

  expect(ids()).toMatchObject({ above: ['dr_1'], under: ['ci_1'] })
})
