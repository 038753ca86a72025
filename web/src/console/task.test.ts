import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import { useLoaded } from './task'

vi.mock('vue-router', () => ({ useRouter: () => ({}) }))
vi.stubGlobal('document', { visibilityState: 'visible' })
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('what takes longer than its interval is shown all the same', async () => {
  let count = 0
  const fetch = vi.fn(() => new Promise<number>((resolve) => void setTimeout(() => resolve(++count), 2_500)))
  const scope = effectScope()
  const loaded = scope.run(() => useLoaded(fetch, 1_000))

  await vi.advanceTimersByTimeAsync(2_600)
  expect(loaded?.value.value).toBe(1)
  expect(fetch).toHaveBeenCalledTimes(1)

  await vi.advanceTimersByTimeAsync(3_000)
  expect(loaded?.value.value).toBe(2)
  scope.stop()
})
