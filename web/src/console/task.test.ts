import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import { ApiError } from '@/api/client'
import { usePaged } from './paged'
import { useLoaded } from './task'
import { TRY_AGAIN_MS } from './trying_again'

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

const away = () => Promise.reject(new ApiError(0, { code: 'unreachable', message: '' }))

test('what could not be fetched is tried again until it is there, and then no more', async () => {
  const fetch = vi.fn<() => Promise<string>>(away)
  const scope = effectScope()
  const loaded = scope.run(() => useLoaded(fetch))
  await vi.advanceTimersByTimeAsync(TRY_AGAIN_MS)
  expect(fetch).toHaveBeenCalledTimes(2)
  expect(loaded?.error.value).not.toBeNull()
  fetch.mockResolvedValue('here')
  await vi.advanceTimersByTimeAsync(4 * TRY_AGAIN_MS)

  expect([loaded?.value.value, loaded?.error.value]).toEqual(['here', null])
  expect(fetch).toHaveBeenCalledTimes(3)
  scope.stop()
})

test('and so is a list that comes page by page', async () => {
  const fetch = vi.fn<() => Promise<{ rows: string[]; next: null }>>(away)
  const scope = effectScope()
  const list = scope.run(() => usePaged(fetch, ({ rows }) => rows))
  await vi.advanceTimersByTimeAsync(0)
  fetch.mockResolvedValue({ rows: ['here'], next: null })
  await vi.advanceTimersByTimeAsync(4 * TRY_AGAIN_MS)

  expect([list?.rows.value, list?.error.value]).toEqual([['here'], null])
  expect(fetch).toHaveBeenCalledTimes(2)
  scope.stop()
})

test('a list that is fetched anew by itself stops no press for more', async () => {
  const fetch = vi.fn((after: string | null) => Promise.resolve({ rows: [after ?? 'first'], next: after ? null : 'more' }))
  const scope = effectScope()
  const list = scope.run(() => usePaged(fetch, ({ rows }) => rows, { everyMs: TRY_AGAIN_MS }))
  await vi.advanceTimersByTimeAsync(0)
  fetch.mockImplementation((after) => new Promise((come) => setTimeout(() => come({ rows: after ? ['more'] : Array<string>(100).fill('first'), next: after ? null : 'more' }), 1_000)))
  await vi.advanceTimersByTimeAsync(TRY_AGAIN_MS)
  expect([list?.fetching.value, list?.busy.value]).toEqual([true, false])
  void list?.loadMore()
  expect(list?.busy.value).toBe(true)
  await vi.advanceTimersByTimeAsync(2_100)

  expect([list?.rows.value.length, list?.rows.value.at(-1), list?.busy.value]).toEqual([101, 'more', false])
  void list?.loadMore() // pressed before it was seen that there is no more
  await vi.advanceTimersByTimeAsync(2_100)
  expect(list?.rows.value.length).toBe(101)
  scope.stop()
})

test('what was refused is not asked for again', async () => {
  const fetch = vi.fn(() => Promise.reject(new ApiError(404, { code: 'not_found', message: '' })))
  const scope = effectScope()
  scope.run(() => useLoaded(fetch))
  await vi.advanceTimersByTimeAsync(4 * TRY_AGAIN_MS)

  expect(fetch).toHaveBeenCalledTimes(1)
  scope.stop()
})
