import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { SETTLE_MS, useSettled } from './settled'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a button that has just come, or has just changed, takes no press yet', async () => {
  const does = ref('open')
  const scope = effectScope()
  const settled = scope.run(() => useSettled(() => does.value))

  expect(settled?.value).toBe(false)
  vi.advanceTimersByTime(SETTLE_MS)
  expect(settled?.value).toBe(true)

  does.value = 'close'
  await nextTick()
  expect(settled?.value).toBe(false)
  vi.advanceTimersByTime(SETTLE_MS - 1)
  does.value = 'publish'
  await nextTick()
  vi.advanceTimersByTime(SETTLE_MS - 1)
  expect(settled?.value).toBe(false)
  vi.advanceTimersByTime(1)
  expect(settled?.value).toBe(true)
  scope.stop()
})

test('a button that is gone leaves no timer', () => {
  const scope = effectScope()
  scope.run(() => useSettled(() => 'open'))
  expect(vi.getTimerCount()).toBe(1)
  scope.stop()
  expect(vi.getTimerCount()).toBe(0)
})
