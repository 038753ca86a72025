import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Endpoint } from '@/api/types'
import { choiceOf, filterOf, localMoment, momentOf, queryOf } from './delivery_filter'
import { durationsIn, durationsText } from './durations'
import { dialectOf } from './endpoint_dialects'
import { changeOf, draftOf, emptyForm, formOf, formProblems } from './endpoint_form'
import { barsOf, heightsOf, sumsOf } from './health_hours'

const endpoint: Endpoint = {
  id: 'ep_1',
  url: 'https://example.com/hooks',
  dialect: 'quanshi',
  name: 'Registration',
  room: null,
  kinds: [],
  state: 'active',
  disabled_because: '',
  has_secret: true,
  old_secret_until: null,
  options: { legacy_type_key: true, other: 3 },
  headers: ['X-Tenant'],
  timeout_s: null,
  waits_s: [5, 60],
  native_tail: false,
  calls_per_minute: null,
  concurrency: 16,
  ordering: 'dialect',
  notify: '',
  client_certificate: null,
  created_at: '2026-01-05T08:00:00Z',
  paused_at: null,
  disabled_at: null,
  health: { failing_since: null, failures_in_row: 0, breaker_until: null, succeeded_at: null, failed_at: null, last_explanation: '' },
}

test('a new endpoint is sent without what is as usual', () => {
  const form = { ...emptyForm('native'), url: ' https://example.com/a ' }

  expect(draftOf(form)).toEqual({ dialect: 'native', url: 'https://example.com/a' })
  expect(draftOf({ ...emptyForm('native'), feed: true, name: 'Behind the wall', url: 'left over', secret: 'left over', notify: 'left@example.com' })).toEqual({ dialect: 'native', name: 'Behind the wall' })
  expect(draftOf({ ...form, everyKind: false, kinds: ['survey.opened', 'survey.closed'], secret: 'whsec_x', headers: [{ name: ' X-A ', value: ' 1 ' }, { name: '', value: '' }], ownWaits: true, waits: '5s 1m' })).toEqual({
    dialect: 'native',
    url: 'https://example.com/a',
    kinds: ['survey.closed', 'survey.opened'],
    secret: 'whsec_x',
    headers: { 'X-A': '1' },
    waits_s: [5, 60],
  })
})

test('no retries at all is a schedule too', () => {
  expect(draftOf({ ...emptyForm('native'), url: 'https://a.example', nativeTail: true })).not.toHaveProperty('native_tail')
  expect(draftOf({ ...emptyForm('native'), url: 'https://a.example', ownWaits: true, waits: '' }).waits_s).toEqual([])
})

test('a change names only what has changed, and leaves alone what nobody was shown', () => {
  const form = formOf(endpoint)

  expect(changeOf(form, endpoint)).toEqual({})
  expect(changeOf({ ...form, name: 'Other', ownWaits: false, room: 'rm_1' }, endpoint)).toEqual({ name: 'Other', waits_s: null, room: 'rm_1' })
  expect(changeOf({ ...form, headers: [] }, endpoint)).toEqual({ headers: null })
  expect(changeOf({ ...form, switches: { legacy_type_key: false, repeat_end_on_settle: true } }, endpoint)).toEqual({ options: { repeat_end_on_settle: true, other: 3 } })
})

test('what must be mended is named as the API names it', () => {
  const form = emptyForm('native')

  expect(formProblems(form)).toEqual(['url'])
  expect(formProblems({ ...form, feed: true })).toEqual([])
  expect(formProblems({ ...form, url: `http://a/${'x'.repeat(2_039)}` })).toEqual([])
  expect(formProblems({ ...form, url: `http://a/${'x'.repeat(2_040)}`, secret: 'x'.repeat(257), headers: [{ name: 'X-A', value: 'x'.repeat(1_025) }], notify: `${'x'.repeat(250)}@a.com` })).toEqual(['url', 'secret', 'headers', 'notify'])
  expect(formProblems({ ...form, url: 'http://a', everyKind: false, headers: [{ name: 'Host', value: 'x' }], ownWaits: true, waits: '8d', notify: 'nobody' })).toEqual(['kinds', 'headers', 'waits_s', 'notify'])
  expect(formProblems({ ...form, url: 'http://a', headers: [{ name: 'X A', value: '' }] })).toEqual(['headers'])
  expect(formProblems({ ...form, url: 'http://a', headers: [{ name: 'x'.repeat(100), value: '1' }] })).toEqual([])
  expect(formProblems({ ...form, url: 'http://a', headers: [{ name: 'x'.repeat(101), value: '1' }] })).toEqual(['headers'])
  expect(formProblems({ ...form, url: 'http://a', headers: [{ name: 'X-A', value: '1' }, { name: 'x-a ', value: '2' }] })).toEqual(['headers'])
  expect(formProblems({ ...form, feed: true, headers: [{ name: 'Host', value: 'x' }], notify: 'nobody' })).toEqual([])
})

test('lengths of time are read as people write them', () => {
  expect(durationsIn('5s, 1m 2 h 1d 90')).toEqual([5, 60, 7_200, 86_400, 90])
  expect(durationsIn('5秒、10 分钟 2小时')).toEqual([5, 600, 7_200])
  expect(durationsIn('')).toEqual([])
  expect(durationsIn('soon')).toBeNull()
  expect(durationsIn('5x')).toBeNull()
  expect(durationsText([5, 90, 300, 7_200, 86_400])).toBe('5s 90s 5m 2h 1d')
})

test('hours become bars, the last of which is the present one', () => {
  const now = Date.parse('2026-01-05T10:30:00Z')
  const hours = [
    { hour: '2026-01-05T10:00:00Z', accepted: 3, failed: 1, mean_ms: 40 },
    { hour: '2026-01-03T11:00:00Z', accepted: 1, failed: 0, mean_ms: 20 },
    { hour: '2026-01-01T00:00:00Z', accepted: 9, failed: 9, mean_ms: 10 },
  ]
  const bars = barsOf(hours, 2, 1, now)

  expect(bars).toHaveLength(48)
  expect(bars.at(-1)).toMatchObject({ from: Date.parse('2026-01-05T10:00:00Z'), accepted: 3, failed: 1 })
  expect(bars[0]).toMatchObject({ from: Date.parse('2026-01-03T11:00:00Z'), accepted: 1 })
  expect(barsOf(hours, 7, 6, now)).toHaveLength(28)
  expect(sumsOf(hours, now - 2 * 86_400_000)).toEqual({ accepted: 4, failed: 1, meanMs: 36 })
  expect(sumsOf([]).meanMs).toBeNull()
})

test('one failure among thousands can be seen', () => {
  const bar = { from: 0, to: 1, accepted: 5_000, failed: 1 }

  expect(heightsOf(bar, 5_001, 40)).toEqual({ accepted: 38, failed: 2 })
  expect(heightsOf({ ...bar, accepted: 0, failed: 0 }, 1, 40)).toEqual({ accepted: 0, failed: 0 })
})

test('what a list shows stands in its address', () => {
  const choice = choiceOf({ state: 'failed', time: '24h', from: '2026-01-05T08:00', strange: 'x' })

  expect(queryOf(choice)).toEqual({ state: 'failed', time: '24h' })
  expect(choiceOf(queryOf(choice))).toEqual({ ...choice, from: '' })
  expect(filterOf(choice, Date.parse('2026-01-05T08:00:00Z')).from).toBe('2026-01-04T08:00:00.000Z')
  expect(queryOf(choiceOf({ time: 'nonsense' }))).toEqual({})
  expect(momentOf('')).toBeUndefined()
  expect(momentOf(localMoment(Date.UTC(2026, 0, 5, 8, 30)))).toBe('2026-01-05T08:30:00.000Z')
})

test('the form knows the formats as the server does', () => {
  const source = (path: string) => readFileSync(new URL(`../../../src/turnout/dialects/${path}.py`, import.meta.url), 'utf8')
  const kindsIn = (text: string) => [...new Set(Array.from(text.matchAll(/"((?:live_session|survey|checkin|draw|viewer)\.\w+)"/g), ([, kind = '']) => kind))].sort()
  const known = (name: string) => (dialectOf(name)?.kinds ?? []).filter((kind) => !kind.startsWith('callback_endpoint.')).sort()

  expect(known('native')).toEqual(kindsIn(source('native/catalogue')))
  expect(known('quanshi')).toEqual(kindsIn(source('quanshi/callbacks') + source('quanshi/lotteries')))
  expect(known('volcengine')).toEqual(kindsIn(source('volcengine/callbacks')))
  for (const name of ['quanshi', 'volcengine'])
    expect(source(`${name}/callbacks`)).toContain(`timeout_s=${dialectOf(name)?.timeoutS}.0, waits_s=(${dialectOf(name)?.waitsS.map((wait) => `${wait}.0`).join(', ')})`)
  expect(source('contract').replaceAll('_', '')).toContain(`waitss=(${dialectOf('native')?.waitsS.map((wait) => `${wait}.0`).join(', ')})`)
})
