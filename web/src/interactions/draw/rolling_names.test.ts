// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
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

test('names that come late, when it rolls again, do not roll beside the newer ones', async () => {
  const rolling = ref(true)
  const answers: ((names: readonly ScreenName[]) => void)[] = []
  const scope = effectScope()
  scope.run(() => useRollingNames(() => rolling.value, () => new Promise((resolve) => answers.push(resolve)), 'dr_1'))
  for (const rolls of [false, true]) {
    rolling.value = rolls
    await nextTick()
  }
  for (const answer of answers) answer(ADA)
  await vi.advanceTimersByTimeAsync(0)
  scope.stop()

  expect(answers).toHaveLength(2)
  expect(vi.getTimerCount()).toBe(0)
})
