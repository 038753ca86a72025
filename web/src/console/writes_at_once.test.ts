import { expect, test, vi } from 'vitest'
import { effectScope, nextTick, reactive } from 'vue'
import { useWritesAtOnce } from './writes_at_once'

const { route, replace } = vi.hoisted(() => ({ route: { query: {}, params: { tab: 'draws' } }, replace: vi.fn() }))
const live = reactive<{ query: Record<string, string>; params: { tab: string } }>(route)
vi.mock('vue-router', () => ({ useRoute: () => live, useRouter: () => ({ replace }) }))

test('the tab that is meant begins to write, once, and what else the address says stays', async () => {
  const write = vi.fn()
  const elsewhere = vi.fn()
  const scope = effectScope()
  scope.run(() => {
    useWritesAtOnce('draws', write)
    useWritesAtOnce('surveys', elsewhere)
  })
  expect(write).not.toHaveBeenCalled()
  live.query = { show: 'dr_1', write: 'new' }
  await nextTick()
  expect(replace).toHaveBeenCalledWith({ query: { show: 'dr_1' } })
  live.query = { show: 'dr_1' }
  await nextTick()

  expect(write).toHaveBeenCalledOnce()
  expect(elsewhere).not.toHaveBeenCalled()
  scope.stop()
})
