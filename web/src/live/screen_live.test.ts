// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeServer } from './fake_server'
import type { Publication } from './protocol'
import { aDraw, anAnnouncement, aSnapshot, aSurvey } from './samples'
import { ScreenLive } from './screen_live'

let server: FakeServer
let screen: ScreenLive

function begin(key: string | null = 'secret'): void {
  server = new FakeServer()
  screen = new ScreenLive('rm_1', key, server.line, () => 0.5)
  screen.start()
  server.now.open()
}

beforeEach(() => {
  vi.useFakeTimers()
  begin()
})

afterEach(() => {
  screen.stop()
  vi.useRealTimers()
})

const now = () => new Date().toISOString()
const room = { code: 'abcd2345', title: 'Hall' }
const show = (snapshot = aSnapshot()) => server.now.hear({ op: 'watching', id: server.last('watch_screen').id, now: now(), viewer_url: '/r/abcd2345', snapshot })
const publish = (position: number, change: Partial<Publication>) => server.now.hear({ op: 'publication', channel: 'session', position, previous: position - 1, kind: '', at: now(), ...change })

test('it says its room and the key of its link, and where the code leads is seen from this page', () => {
  expect(server.last('watch_screen')).toMatchObject({ room: 'rm_1', key: 'secret' })
  show()

  expect(screen.state).toMatchObject({ room, viewerUrl: `${location.origin}/r/abcd2345`, problem: null, last: null })
})

test('it waits for the live session, follows it, and asks what came of it when it is over', async () => {
  server.now.hear({ op: 'waiting', id: server.last('watch_screen').id, room, now: now(), next: null, viewer_url: 'https://live.example.com/r/abcd2345' })
  expect(screen.state).toMatchObject({ viewerUrl: 'https://live.example.com/r/abcd2345', picture: null })
  server.now.hear({ op: 'started' })
  show()
  publish(5, { live_session: { ...aSnapshot().live_session, state: 'ended', ended_at: now() } })
  await vi.advanceTimersByTimeAsync(1_500)
  expect(server.all('watch_screen')).toHaveLength(3)
  expect(server.last('watch_screen')['position']).toBeUndefined()
  const last = { title: 'Monday', ended_at: now(), viewers: 3, answers: 5 }
  server.now.hear({ op: 'waiting', id: server.last('watch_screen').id, room, now: now(), next: null, last })

  expect(screen.state).toMatchObject({ picture: null, last, theme: null })
  const theme = { name: 'Acme', accent: null, logo: null }
  const next = { title: 'Tuesday', starts_at: now() }
  server.now.hear({ op: 'theme', theme, next })

  expect(screen.state).toMatchObject({ last, theme, next })
})

test('a draw that is being drawn is followed to its winners after the end', async () => {
  show(aSnapshot({ draws: [aDraw({ state: 'closed' })] }))
  publish(5, { live_session: { ...aSnapshot().live_session, state: 'ended', ended_at: now() } })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(server.all('watch_screen')).toHaveLength(1)
  publish(6, { draw: aDraw({ state: 'drawn' }) })
  for (let seconds = 0; seconds < 70; seconds += 10) {
    await vi.advanceTimersByTimeAsync(10_000)
    server.now.hear({ op: 'pong', id: 'x', now: now() })
  }

  expect(server.all('watch_screen').length).toBeGreaterThan(1)
})

test('a result that was published while its line was away is new all the same', async () => {
  const over = aSurvey({ state: 'closed', closed_at: '2026-01-05T08:00:00.000000Z' })
  show(aSnapshot({ surveys: [over] }))
  server.now.drop()
  await vi.advanceTimersByTimeAsync(2_000)
  server.now.open()
  const at = now()
  server.now.hear({ op: 'watching', id: server.last('watch_screen').id, now: at, resumed: true, publications: [{ op: 'publication', channel: 'session', position: 5, previous: 4, kind: 'survey.published', at, survey: { ...over, published: true } }], tallies: [] })

  expect(screen.state.picture?.surveys[0]?.published).toBe(true)
  expect(screen.state.touched.get('sv_1')).toBe(at)
})

test('a link that was ended stays ended, and so does a login', () => {
  show()
  server.now.drop(4003, 'not_allowed')
  expect(screen.state.problem?.code).toBe('invalid_screen_key')
  begin(null)
  expect(server.last('watch_screen')['key']).toBeUndefined()
  server.now.hear({ op: 'refused', id: server.last('watch_screen').id, error: { code: 'not_logged_in', message: '' } })

  expect(screen.state.problem?.code).toBe('not_logged_in')
})

test('however much is published, it keeps the newest, and what is open', () => {
  show(aSnapshot({ surveys: [aSurvey({ id: 'open' })] }))
  for (let number = 0; number < 200; number++) publish(5 + number, { survey: aSurvey({ id: `sv_${number}`, state: 'closed' }) })
  for (let number = 0; number < 200; number++) publish(205 + number, { announcement: anAnnouncement({ id: `an_${number}` }) })
  const { picture, touched } = screen.state

  expect(picture?.surveys).toHaveLength(51)
  expect(picture?.surveys.map(({ id }) => id)).toEqual(expect.arrayContaining(['sv_199', 'open']))
  expect(picture?.announcements).toHaveLength(50)
  expect(picture?.announcements.at(-1)?.id).toBe('an_199')
  expect(touched.size).toBe(51)
})

test('names are read page by page, to the last', async () => {
  show()
  const names = screen.names('dr_1', 'winners')
  const answer = (next: number | null) => server.now.hear({ op: 'names', id: server.last('read_names').id, names: [{ prize: 'pz_1', name: `after ${String(server.last('read_names')['after'])}` }], next })
  answer(500)
  await vi.advanceTimersByTimeAsync(0)
  answer(null)

  expect(await names).toEqual([
    { prize: 'pz_1', name: 'after undefined' },
    { prize: 'pz_1', name: 'after 500' },
  ])
})
