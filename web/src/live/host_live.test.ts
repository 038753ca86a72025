// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeServer } from './fake_server'
import { HostLive } from './host_live'
import type { Publication, Survey, Watching } from './protocol'
import { aCheckIn, aDraw, aSnapshot, aSurvey } from './samples'

let server: FakeServer
let host: HostLive

beforeEach(() => {
  vi.useFakeTimers()
  server = new FakeServer()
  host = new HostLive('ls_1', server.line)
  host.start()
})

afterEach(() => {
  host.stop()
  vi.useRealTimers()
})

function letWatch(change: Partial<Watching> = {}): void {
  server.now.open()
  server.now.hear({ op: 'watching', id: server.last('watch').id, now: new Date().toISOString(), ...(change.resumed ? {} : { snapshot: aSnapshot() }), ...change })
}

async function comeBack(): Promise<void> {
  server.now.drop()
  await vi.advanceTimersByTimeAsync(2_000)
}

test('after a lost line only what was missed comes', async () => {
  letWatch()
  await comeBack()
  letWatch({ resumed: true, publications: [{ op: 'publication', channel: 'host', position: 5, previous: 4, kind: 'survey.opened', at: '', survey: aSurvey() }], tallies: [] })

  expect(server.last('watch')).toMatchObject({ live_session: 'ls_1', epoch: 'e1', position: 4 })
  expect(host.state.picture).toMatchObject({ position: 5, surveys: [{ id: 'sv_1' }] })
})

test('what does not lead on is not believed: a snapshot is asked for', async () => {
  letWatch()
  await comeBack()
  letWatch({ resumed: true, publications: [{ op: 'publication', channel: 'host', position: 9, previous: 8, kind: 'survey.opened', at: '' }], tallies: [] })
  server.now.open()
  expect(server.last('watch')['position']).toBeUndefined()
  letWatch({ snapshot: aSnapshot({ position: 9 }) })

  expect(host.state.picture?.position).toBe(9)
})

const drafted = (position: number, change: Partial<Survey>): Publication => ({ op: 'publication', channel: 'host', position, previous: position - 1, kind: 'survey.drafted', at: '', survey: aSurvey({ state: 'draft', ...change }) })
const titles = () => host.state.picture?.surveys.map(({ title }) => title)

test('drafts of other hosts come as news, and a reply does not put an older text in place of the news', () => {
  letWatch({ snapshot: aSnapshot({ position: 4 }) })
  server.now.hear(drafted(5, { revision: 1, title: 'first' }))
  server.now.hear(drafted(6, { revision: 2, title: 'second' }))
  host.includeAll({ surveys: [aSurvey({ state: 'draft', revision: 1, title: 'first' })] })
  expect(titles()).toEqual(['second'])
  host.include(aSurvey({ state: 'draft', revision: 4, title: 'fourth' }))
  server.now.hear(drafted(7, { revision: 3, title: 'third' }))

  expect(titles()).toEqual(['fourth'])
})

test('what was withdrawn while a reply was under way is not brought back by it', () => {
  letWatch({ snapshot: aSnapshot({ position: 4, surveys: [aSurvey({ state: 'draft' })], checkins: [aCheckIn({ state: 'draft' })] }) })
  server.now.hear({ ...drafted(5, { state: 'withdrawn' }), kind: 'survey.withdrawn' })
  server.now.hear({ op: 'publication', channel: 'host', position: 6, previous: 5, kind: 'checkin.withdrawn', at: '', checkin: aCheckIn({ state: 'withdrawn' }) })
  host.include(aSurvey({ state: 'draft' }))
  host.includeCheckIn(aCheckIn({ state: 'draft' }))
  host.includeAll({ surveys: [aSurvey({ state: 'draft' })], checkins: [aCheckIn({ state: 'draft' })] })

  expect(host.state.picture).toMatchObject({ surveys: [], checkins: [] })
})

test("a list of the API adds what the snapshot had no room for, and a reply replaces a draft only while no news comes", () => {
  letWatch({ snapshot: aSnapshot({ draws: [aDraw({ id: 'dr_2', state: 'draft', title: 'as the news has it' })] }) })
  host.includeAll({ draws: [aDraw({ id: 'dr_2', state: 'draft', title: 'older' }), aDraw({ id: 'dr_1', title: 'no room' })] })
  expect(host.state.picture?.draws.map(({ title }) => title).sort()).toEqual(['as the news has it', 'no room'])
  host.includeDraw(aDraw({ id: 'dr_2', state: 'draft', title: 'overtaken by the news' }))
  expect(host.state.picture?.draws.map(({ title }) => title).sort()).toEqual(['as the news has it', 'no room'])
  server.now.drop()
  host.includeDraw(aDraw({ id: 'dr_2', state: 'draft', title: 'saved' }))

  expect(host.state.picture?.draws.map(({ title }) => title).sort()).toEqual(['no room', 'saved'])
})

test('after the login has ended it begins again once there is another', () => {
  letWatch({ snapshot: aSnapshot({ position: 4 }) })
  server.now.drop(4003, 'not_allowed')
  expect(host.state.link).toBe('ended')
  host.again()
  expect(host.state.link).toBe('connecting')
  server.now.open()
  server.now.hear({ op: 'refused', id: server.last('watch').id, error: { code: 'not_logged_in', message: '' } })
  expect(host.state.problem?.code).toBe('not_logged_in')
  host.again()
  expect(host.state.problem).toBeNull()
  letWatch({ resumed: true, publications: [drafted(5, { title: 'written meanwhile' })], tallies: [] })

  expect(host.state.link).toBe('up')
  expect(titles()).toEqual(['written meanwhile'])
})

test('what begins again while its connection is up hears nothing until it is greeted anew, and says so', () => {
  letWatch({ snapshot: aSnapshot({ position: 4 }) })
  host.again()

  expect(host.state.link).toBe('connecting')
})

test('a host who has left does not come back', async () => {
  server.now.open()
  server.now.hear({ op: 'refused', id: server.last('watch').id, error: { code: 'overloaded', message: 'later', retry_after_s: 2 } })
  host.stop()
  await vi.advanceTimersByTimeAsync(30_000)

  expect(server.sockets).toHaveLength(1)
})
