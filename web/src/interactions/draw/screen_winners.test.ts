// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { api } from '@/api/client'
import { aDraw } from '@/live/samples'
import { PAGE_MS, RESTS_MS, useScreenWinners } from './screen_winners'

const HALL = { width: 1_700, height: 700 }
const prize = (id: string, won: number) => ({ ...aDraw().prizes[0], id, name: id, count: won, won, type: 'physical' as const, custom: null, points: null, asks: [] })
const drawn = aDraw({ state: 'drawn', prizes: [prize('one', 1), prize('two', 2), prize('none', 0)], winners: [{ prize: 'one', name: 'Ada' }, { prize: 'two', name: 'Lin' }, { prize: 'two', name: 'Bo' }] })
let scope: EffectScope | null = null

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  scope?.stop()
  vi.useRealTimers()
})

function show(draw = drawn) {
  scope = effectScope()
  const found = scope.run(() => useScreenWinners(() => draw, 'ls_1', () => HALL))
  if (!found) throw new Error('it ran')
  return found
}
const press = (key: string) => dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true }))

test('prizes come one after the other by themselves, and again from the first', () => {
  const { page } = show()
  const seen = Array.from({ length: 4 }, () => {
    const { name = '' } = page.value?.prize ?? {}
    vi.advanceTimersByTime(PAGE_MS)
    return name
  })

  expect(seen).toEqual(['one', 'two', 'none', 'one'])
})

test('the arrow and page keys turn pages, and whoever presses one may look for a while', () => {
  const { page } = show()
  press('ArrowRight')
  expect(page.value?.names).toEqual(['Lin', 'Bo'])
  vi.advanceTimersByTime(PAGE_MS)
  expect(page.value?.prize.id).toBe('two')
  vi.advanceTimersByTime(RESTS_MS - PAGE_MS)
  expect(page.value?.prize.id).toBe('none')
  press('PageUp')
  press('ArrowLeft')
  press('PageUp')
  expect(page.value?.prize.id).toBe('none')
  press('PageDown')
  expect(page.value?.prize.id).toBe('one')
})

test('winners beyond the first of each prize are read; without the host\'s login they are a number', async () => {
  const draw = aDraw({ ...drawn, prizes: [prize('two', 3)] })
  const more = { place: 0, prize: 'two', viewer: null, external_id: 'u1', name: '', preferred: false, form: null, filled_at: null }
  vi.spyOn(api, 'winners').mockRejectedValueOnce(new Error('logged out')).mockResolvedValue({ winners: [more, { ...more, name: 'Bo' }, { ...more, name: 'Cy' }], next: null })
  const without = show({ ...draw, winners: drawn.winners.filter(({ prize: id }) => id === 'two') })
  await vi.advanceTimersByTimeAsync(0)
  expect(without.page.value).toMatchObject({ names: ['Lin', 'Bo'], more: 1 })
  scope?.stop()

  const { page } = show({ ...draw, winners: [] })
  await vi.advanceTimersByTimeAsync(0)
  expect(page.value).toMatchObject({ names: ['u1', 'Bo', 'Cy'], more: 0 })
})
