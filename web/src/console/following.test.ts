import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, ref } from 'vue'
import { CHANGED_MS, UNCHANGED_MS, useFollowing } from './following'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const follow = (takesMs = 0) => {
  const online = ref(0)
  const grows = ref(true)
  const seen = ref(true)
  const load = vi.fn(() => new Promise<void>((resolve) => void setTimeout(resolve, takesMs)))
  const scope = effectScope()
  scope.run(() => useFollowing({ load, changes: () => online.value, grows: () => grows.value, isSeen: () => seen.value }))
  return { online, grows, seen, load, scope }
}

/** People come and go every second. */
async function busy(online: { value: number }, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    online.value += 1
    await vi.advanceTimersByTimeAsync(1_000)
  }
}

test('in a busy hall the curve is asked for every ten seconds, not at every change', async () => {
  const { online, load, scope } = follow()
  await busy(online, CHANGED_MS - 2_000)
  expect(load).toHaveBeenCalledTimes(0)
  await busy(online, 52_000)
  expect(load.mock.calls.length).toBeGreaterThanOrEqual(4)
  expect(load.mock.calls.length).toBeLessThanOrEqual(6)
  scope.stop()
})

test('a slow answer is waited for', async () => {
  const { online, load, scope } = follow(60_000)
  await busy(online, 60_000)
  expect(load).toHaveBeenCalledTimes(1)
  await busy(online, 30_000)
  expect(load).toHaveBeenCalledTimes(2)
  scope.stop()
})

test('when nothing changes it is asked for seldom, unseen or ended not at all, but once after the end', async () => {
  const { online, grows, seen, load, scope } = follow()
  await vi.advanceTimersByTimeAsync(UNCHANGED_MS - 1_000)
  expect(load).toHaveBeenCalledTimes(0)
  await vi.advanceTimersByTimeAsync(1_500)
  expect(load).toHaveBeenCalledTimes(1)

  seen.value = false
  await vi.advanceTimersByTimeAsync(5 * UNCHANGED_MS)
  expect(load).toHaveBeenCalledTimes(1)

  seen.value = true
  grows.value = false
  online.value += 1
  await vi.advanceTimersByTimeAsync(5 * UNCHANGED_MS)
  expect(load).toHaveBeenCalledTimes(2)
  scope.stop()
})
