// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import type { ScreenName } from '@/live/protocol'
import { useRollingNames } from './rolling_names'

const ADA: readonly ScreenName[] = [{ prize: null, name: 'Ada' }]

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('names roll while it is drawn', async () => {
  const scope = effectScope()
  const name = scope.run(() => useRollingNames(() => true, () => Promise.resolve(ADA), 'dr_1'))
  await vi.advanceTimersByTimeAsync(100)
  expect(name?.value).toBe('Ada')
  scope.stop()

  expect(name?.value).toBe('')
  expect(vi.getTimerCount()).toBe(0)
})

test('names that come when it is shown no more start nothing', async () => {
  const scope = effectScope()
  let answer: (names: readonly ScreenName[]) => void = () => undefined
  scope.run(() => useRollingNames(() => true, () => new Promise((resolve) => (answer = resolve)), 'dr_1'))
  scope.stop()
  answer(ADA)
  await vi.advanceTimersByTimeAsync(0)

  expect(vi.getTimerCount()).toBe(0)
})
