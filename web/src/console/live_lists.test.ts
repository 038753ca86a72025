import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, shallowReactive } from 'vue'
import { ApiError } from '@/api/call'
import type { HostLive } from '@/live/host_live'
import { useLiveLists } from './live_lists'
import { TRY_AGAIN_MS } from './trying_again'

const api = vi.hoisted(() => ({ surveys: vi.fn(), checkins: vi.fn(), draws: vi.fn() }))
vi.mock('@/api/client', async () => ({ api, ApiError: (await import('@/api/call')).ApiError }))

beforeEach(() => {
  vi.useFakeTimers()
  vi.resetAllMocks()
})
afterEach(() => void vi.useRealTimers())

const away = () => new ApiError(0, { code: 'unreachable', message: '' })

function begin() {
  const state = shallowReactive({ link: 'connecting' })
  const live = { state, includeAll: vi.fn() }
  api.checkins.mockResolvedValue([])
  api.draws.mockResolvedValue([])
  const scope = effectScope()
  const lists = scope.run(() => useLiveLists(() => live as unknown as HostLive, () => 'ls_1'))
  return { state, live, scope, lists }
}

test('a list that cannot be fetched keeps no other one away, is said, and is fetched again until it is there', async () => {
  const { state, live, scope, lists } = begin()
  api.surveys.mockRejectedValue(away())
  expect(api.draws).not.toHaveBeenCalled()
  state.link = 'up'
  await nextTick()
  await vi.advanceTimersByTimeAsync(0)
  expect(live.includeAll.mock.calls).toEqual([[{ checkins: [] }], [{ draws: [] }]])
  expect(lists?.error.value).toMatchObject({ status: 0 })
  api.surveys.mockResolvedValue([])
  await vi.advanceTimersByTimeAsync(3 * TRY_AGAIN_MS)

  expect(live.includeAll).toHaveBeenCalledWith({ surveys: [] })
  expect(lists?.error.value).toBeNull()
  expect(api.surveys).toHaveBeenCalledTimes(2)
  scope.stop()
})

test('what fails once the page is left is not tried again', async () => {
  const { state, scope } = begin()
  let fail: (reason: unknown) => void = () => undefined
  api.surveys.mockImplementation(() => new Promise((_, reject) => (fail = reject)))
  state.link = 'up'
  await nextTick()
  scope.stop()
  fail(away())
  await vi.advanceTimersByTimeAsync(3 * TRY_AGAIN_MS)

  expect(api.surveys).toHaveBeenCalledTimes(1)
})

test('an answer of the connection before does not speak of this one', async () => {
  const { state, lists } = begin()
  let fail: (reason: unknown) => void = () => undefined
  api.surveys.mockImplementationOnce(() => new Promise((_, reject) => (fail = reject))).mockResolvedValue([])
  for (const link of ['up', 'lost', 'up']) {
    state.link = link
    await nextTick()
  }
  fail(away())
  await vi.advanceTimersByTimeAsync(3 * TRY_AGAIN_MS)

  expect(lists?.error.value).toBeNull()
  expect(api.surveys).toHaveBeenCalledTimes(2)
})
