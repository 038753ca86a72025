// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeServer } from './fake_server'
import { HostLive } from './host_live'
import type { Watching } from './protocol'
import { aSnapshot, aSurvey } from './samples'

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

test('a draft just written stays when a snapshot made before it comes, and an old one does not', async () => {
  letWatch()
  host.include(aSurvey({ id: 'sv_new', state: 'draft' }))
  await comeBack()
  letWatch()
  expect(host.state.picture?.surveys.map(({ id }) => id)).toEqual(['sv_new'])
  await vi.advanceTimersByTimeAsync(5_000)
  server.now.hear({ op: 'pong', id: 'x', now: new Date().toISOString() })
  vi.setSystemTime(Date.now() + 60_000)
  await comeBack()
  letWatch()

  expect(host.state.picture?.surveys).toEqual([])
})

test('a host who has left does not come back', async () => {
  server.now.open()
  server.now.hear({ op: 'refused', id: server.last('watch').id, error: { code: 'overloaded', message: 'later', retry_after_s: 2 } })
  host.stop()
  await vi.advanceTimersByTimeAsync(30_000)

  expect(server.sockets).toHaveLength(1)
})
