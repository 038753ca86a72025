import { expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import type { Delivery } from '@/api/types'
import en from '@/i18n/en/callbacks'
import zh from '@/i18n/zh-CN/callbacks'
import { cellAt, cellsIn, typedFile } from './import_file'
import { usePaged, type FetchPage, type Paged } from './paged'
import { settingsOf, settingsProblems, signingExample } from './room_settings'
import { tagsIn } from './tags'

vi.mock('./task', () => ({ useLeaveWhenLoggedOut: () => () => undefined }))

test('there are words in both languages for whatever a delivery may wait for', () => {
  const waits: Record<NonNullable<Delivery['waits_for']>, true> = { removal: true, reading: true, paused: true, disabled: true, order: true, breaker: true, rate: true, retry: true, turn: true }

  for (const words of [en, zh]) expect(Object.keys(words.deliveries.due).sort()).toEqual([...Object.keys(waits), 'sending'].sort())
})

test('tags are read from one line in either script', () => {
  expect(tagsIn(' physics, 力学，  physics、;')).toEqual(['physics', '力学'])
})

test('cells are read whatever separates and quotes them', () => {
  expect(cellsIn('title,kind\r\n"a ""b"", c",vote\r\n')).toEqual([['title', 'kind'], ['a "b", c', 'vote']])
  expect(cellsIn('a;b\n1;"two\nlines"')).toEqual([['a', 'b'], ['1', 'two\nlines']])
  expect(cellsIn('a\tb\n\tx')).toEqual([['a', 'b'], ['', 'x']])
})

test('what stands where something is wrong is found by row and column name', () => {
  const cells = [['\ufefftitle', 'Kind'], ['One', 'vote'], ['Two', 'quiz']]
  const fault = { code: 'unknown', message: '' }

  expect(cellAt(cells, { ...fault, row: 3, column: 'kind' })).toBe('quiz')
  expect(cellAt(cells, { ...fault, row: 3, column: 'title' })).toBe('Two')
  expect(cellAt(cells, { ...fault, row: null, column: null })).toBe('')
  expect(cellAt(cells, { ...fault, row: 9, column: 'other' })).toBe('')
})

test('a file is what its name says, whatever the system calls it', () => {
  expect(typedFile(new File(['x'], 'Bank.CSV', { type: 'application/vnd.ms-excel' }))?.type).toBe('text/csv')
  expect(typedFile(new File(['x'], 'bank.txt'))).toBeNull()
})

test('settings are sent as the server wants them', () => {
  const form = { title: ' Hall ', entry: 'open' as const, passcode: '1234', viewerLimit: undefined, streamUrl: ' ', streamOrigins: '', embedOrigins: ' https://a.example \n\nhttps://b.example', nextStart: '', nextTitle: '' }
  const shown = { stream_url: null, stream_origins: [], embed_origins: ['https://a.example', 'https://b.example'] }

  expect(settingsOf(form, form)).toEqual({ title: 'Hall', entry: 'open', viewer_limit: null, ...shown })
  expect(settingsOf({ ...form, entry: 'passcode', viewerLimit: 50 }, form)).toEqual({ title: 'Hall', entry: 'passcode', passcode: '1234', viewer_limit: 50, ...shown })
  const planned = { ...form, nextStart: '2026-01-05T15:00', nextTitle: ' Part two ' }
  expect(settingsOf(planned, form)).toMatchObject({ next_start_at: new Date(2026, 0, 5, 15).toISOString(), next_title: 'Part two' })
  expect(settingsOf(form, planned)).toMatchObject({ next_start_at: null, next_title: '' })
  expect(settingsOf(planned, planned)).not.toHaveProperty('next_start_at')
  expect(settingsProblems({ ...form, entry: 'passcode', title: ' ', passcode: '12' })).toEqual(['title', 'passcode'])
  expect(settingsProblems({ ...form, passcode: '' })).toEqual([])
})

test('the example of signing is five lines', () => {
  expect(signingExample('secret', 'ac_1.1', 'https://live.example.com/r/abcd').split('\n')).toHaveLength(5)
})

function listOf(fetchPage: FetchPage<{ numbers: number[] }>): Paged<number, { numbers: number[] }> {
  const list = effectScope().run(() => usePaged<number, { numbers: number[] }>(fetchPage, ({ numbers }) => numbers, { atOnce: false }))
  if (!list) throw new Error('the scope did not run')
  return list
}

test('a list grows page by page, and is fetched anew at its length', async () => {
  const asked: (string | null)[] = []
  const list = listOf((after, limit) => {
    asked.push(after)
    const from = Number(after ?? 0)
    return Promise.resolve({ numbers: Array.from({ length: Math.min(limit, 250 - from) }, (_, n) => from + n), next: from + limit < 250 ? String(from + limit) : null })
  })
  await list.loadMore()
  expect([list.rows.value.length, list.more.value]).toEqual([100, true])
  await list.loadMore()
  expect(list.rows.value.at(-1)).toBe(199)
  await list.reload()
  expect(list.rows.value).toHaveLength(200)
  await list.loadAll()
  expect([list.rows.value.length, list.more.value]).toEqual([250, false])
  expect(asked).toContain('200')
})

test('a failed page leaves what is here', async () => {
  let fails = false
  const list = listOf(() => (fails ? Promise.reject(new Error('away')) : Promise.resolve({ numbers: [1], next: null })))
  await list.reload()
  fails = true
  await list.reload()

  expect(list.rows.value).toEqual([1])
  expect(list.error.value).toBeInstanceOf(Error)
})

test('however often it is asked for, a list is fetched once at a time', async () => {
  let under = 0
  let most = 0
  let fetched = 0
  const list = listOf(async () => {
    most = Math.max(most, ++under)
    fetched++
    await Promise.resolve()
    under--
    return { numbers: [fetched], next: null }
  })
  await Promise.all([list.reload(), list.reload(), list.loadAll(), list.reload()])

  expect(most).toBe(1)
  expect(fetched).toBeLessThan(4)
  expect(list.rows.value).toEqual([fetched])
})
