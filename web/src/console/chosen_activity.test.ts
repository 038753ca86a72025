import { expect, test, vi } from 'vitest'
import { effectScope, nextTick, reactive, ref } from 'vue'
import { useChosen } from './chosen_activity'

const route = reactive<{ query: Record<string, string> }>({ query: {} })
vi.mock('vue-router', () => ({ useRoute: () => route }))

test('a linked one is chosen when the list brings it later, once; then the host chooses', async () => {
  route.query = { show: 'older' }
  const all = ref([{ id: 'newest' }])
  const scope = effectScope()
  const choosing = scope.run(() =>
    useChosen(
      () => all.value,
      () => false,
      () => true,
    ),
  )
  expect(choosing?.chosen.value?.id).toBe('newest')

  all.value = [{ id: 'newest' }, { id: 'older' }]
  await nextTick()
  expect(choosing?.chosen.value?.id).toBe('older')

  choosing?.choose('newest')
  all.value = [{ id: 'fresh' }, { id: 'newest' }, { id: 'older' }]
  await nextTick()
  expect(choosing?.chosen.value?.id).toBe('newest')

  route.query = {}
  await nextTick()
  route.query = { show: 'older' }
  await nextTick()
  expect(choosing?.chosen.value?.id).toBe('older')

  // a snapshot has no room for it; the list of the API brings it back
  all.value = [{ id: 'fresh' }, { id: 'newest' }]
  await nextTick()
  expect(choosing?.chosen.value?.id).toBe('fresh')
  all.value = [{ id: 'fresh' }, { id: 'newest' }, { id: 'older' }]
  await nextTick()
  expect(choosing?.chosen.value?.id).toBe('older')
  scope.stop()
})

test('what another host writes meanwhile does not move what is looked at; what another opens does', async () => {
  route.query = {}
  const all = ref([{ id: 'mine', open: false }])
  const scope = effectScope()
  const choosing = scope.run(() =>
    useChosen(
      () => all.value,
      ({ open }) => open,
      () => true,
    ),
  )
  all.value = [{ id: 'theirs', open: false }, ...all.value]
  await nextTick()
  expect(choosing?.chosen.value?.id).toBe('mine')

  all.value = [{ id: 'theirs', open: true }, { id: 'mine', open: false }]
  await nextTick()
  expect(choosing?.chosen.value?.id).toBe('theirs')

  all.value = [{ id: 'mine', open: false }]
  await nextTick()
  expect(choosing?.chosen.value?.id).toBe('mine')
  scope.stop()
})
