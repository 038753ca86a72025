// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { aDraw } from '@/live/samples'
import { newPaging, PAGE_MS, RESTS_MS } from '@/screen/paging'
import { useScreenWinners, type ReadNames } from './screen_winners'

const HALL = { width: 1_700, height: 700 }
const prize = (id: string, won: number) => ({ ...aDraw().prizes[0], id, name: id, count: won, won, type: 'physical' as const, custom: null, points: null, asks: [] })
const drawn = aDraw({ state: 'drawn', prizes: [prize('one', 1), prize('two', 2), prize('none', 0)], winners: [{ prize: 'one', name: 'Ada' }, { prize: 'two', name: 'Lin' }, { prize: 'two', name: 'Bo' }] })
let scope: EffectScope | null = null

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  scope?.stop()
  vi.useRealTimers()
})

const nobody: ReadNames = () => Promise.reject(new Error('away'))
function show(draw = drawn, readNames = nobody) {
  scope = effectScope()
  const paging = newPaging()
  const found = scope.run(() => useScreenWinners(() => draw, readNames, () => HALL, paging))
  if (!found) throw new Error('it ran')
  return { ...found, paging }
}

test('prizes come one after the other by themselves, and again from the first', () => {
  const { page } = show()
  const seen = Array.from({ length: 4 }, () => {
    const { name = '' } = page.value?.prize ?? {}
    vi.advanceTimersByTime(PAGE_MS)
    return name
  })

  expect(seen).toEqual(['one', 'two', 'none', 'one'])
})

test('whoever turns a page may look for a while; paused, nothing turns by itself', () => {
  const { page, paging } = show()
  paging.turn(1)
  expect(page.value?.names).toEqual(['Lin', 'Bo'])
  vi.advanceTimersByTime(PAGE_MS)
  expect(page.value?.prize.id).toBe('two')
  vi.advanceTimersByTime(RESTS_MS - PAGE_MS)
  expect(page.value?.prize.id).toBe('none')
  for (let press = 0; press < 3; press++) paging.turn(-1)
  expect(page.value?.prize.id).toBe('none')
  paging.paused.value = true
  vi.advanceTimersByTime(10 * RESTS_MS)
  expect(page.value?.prize.id).toBe('none')
  paging.turn(1)
  expect(page.value?.prize.id).toBe('one')
})

test('winners beyond the first of each prize are read; where they do not come they are a number', async () => {
  const draw = aDraw({ ...drawn, prizes: [prize('two', 3)] })
  const without = show({ ...draw, winners: drawn.winners.filter(({ prize: id }) => id === 'two') })
  await vi.advanceTimersByTimeAsync(0)
  expect(without.page.value).toMatchObject({ names: ['Lin', 'Bo'], more: 1 })
  scope?.stop()

  const { page } = show({ ...draw, winners: [] }, () => Promise.resolve(['Ada', 'Bo', 'Cy'].map((name) => ({ prize: 'two', name }))))
  await vi.advanceTimersByTimeAsync(0)
  expect(page.value).toMatchObject({ names: ['Ada', 'Bo', 'Cy'], more: 0 })
})
