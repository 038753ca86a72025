import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { useWall, type ReadConfirmed } from './wall'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function begin(confirmed: number | undefined) {
  const count = ref(confirmed)
  const names: string[] = []
  const read = vi.fn<ReadConfirmed>(() => Promise.resolve([...names]))
  const scope = effectScope()
  const wall = scope.run(() => useWall('ci_1', () => count.value, read))
  const shown = () => wall?.value.map(({ name }) => name)
  return { count, names, read, scope, wall, shown }
}

test('names are asked for once in a while, however fast people check in, and the last of them are not forgotten', async () => {
  const { count, names, read, shown } = begin(0)
  expect(read).not.toHaveBeenCalled()
  for (const name of ['Ann', 'Bo', 'Cy']) {
    names.unshift(name)
    count.value = names.length
    await nextTick()
  }
  await vi.advanceTimersByTimeAsync(0)
  expect(shown()).toEqual(['Ann'])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(shown()).toEqual(['Cy', 'Bo', 'Ann'])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(read).toHaveBeenCalledTimes(2)
})

test('people of one name are different people, and each stays the same one while others come', async () => {
  const { count, names, wall } = begin(undefined)
  names.push('Ann', 'Bo', 'Ann')
  count.value = 3
  await vi.advanceTimersByTimeAsync(0)
  const before = wall?.value.map(({ key }) => key) ?? []
  expect(new Set(before).size).toBe(3)
  names.unshift('Ann')
  count.value = 4
  await vi.advanceTimersByTimeAsync(2_000)
  expect(wall?.value.slice(1).map(({ key }) => key)).toEqual(before)
})

test('where no counts are shown nobody is asked for, and nobody once it is left', async () => {
  const { count, names, read, scope, shown } = begin(undefined)
  expect(read).not.toHaveBeenCalled()
  names.push('Ann')
  count.value = 1
  await vi.advanceTimersByTimeAsync(0)
  expect(shown()).toEqual(['Ann'])
  count.value = 2
  await nextTick()
  scope.stop()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(read).toHaveBeenCalledTimes(1)
})

test('names that come once it is left ask for no more', async () => {
  const { count, scope, shown } = begin(1)
  count.value = 2
  await nextTick()
  scope.stop()
  await vi.advanceTimersByTimeAsync(0)
  expect([shown(), vi.getTimerCount()]).toEqual([[], 0])
})

test('what could not be read leaves what stands there', async () => {
  const { count, names, read, shown } = begin(0)
  names.push('Ann')
  count.value = 1
  await vi.advanceTimersByTimeAsync(2_000)
  read.mockRejectedValueOnce(new Error('away'))
  count.value = 2
  await vi.advanceTimersByTimeAsync(0)
  expect(shown()).toEqual(['Ann'])
})
