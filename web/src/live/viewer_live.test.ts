// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { BrowserEntryStore } from './entry_store'
import { FakeServer } from './fake_server'
import { aSnapshot, aSurvey } from './samples'
import { ViewerLive } from './viewer_live'

let server: FakeServer
let viewer: ViewerLive

function openPage(pass: string | null = null, extra: string | null = null): void {
  viewer = new ViewerLive('ABCD-2345', pass, extra, new BrowserEntryStore(), server.line, () => 0.5)
  viewer.start()
}

function reload(): void {
  viewer.stop()
  openPage()
}

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  server = new FakeServer()
  openPage()
})

afterEach(() => {
  viewer.stop()
  vi.useRealTimers()
})

function enter(): void {
  server.now.open()
  viewer.enterAs('Lin')
  server.admit()
}

describe('entering', () => {
  test('asks whether the room is there before a name is given', () => {
    server.now.open()
    expect(server.last('enter')).toMatchObject({ room: 'abcd2345' })
    server.refuse('enter', 'name_required')

    expect(viewer.state).toMatchObject({ phase: 'naming', started: true, problem: null })
  })

  test('a lost reply is asked for again under the same unguessable id, also after a reload', () => {
    server.now.open()
    server.refuse('enter', 'name_required')
    viewer.enterAs('Lin')
    const first = server.last('enter')
    expect(first.id.length).toBeGreaterThanOrEqual(16)
    reload()
    server.now.open()

    expect(viewer.state.phase).toBe('entering')
    expect(server.last('enter')).toEqual(first)
  })

  test('a reload comes back with the token and no name', () => {
    enter()
    expect(viewer.state).toMatchObject({ phase: 'inside', name: 'Lin', viewer: 'vw_1' })
    reload()
    server.now.open()

    expect(server.last('enter')).toEqual({ op: 'enter', id: expect.any(String) as string, room: 'abcd2345', token: 'token-1' })
  })

  test('what the link says besides goes along with every entry', () => {
    viewer.stop()
    openPage('a.b.c', 'from-newsletter')
    server.now.open()
    expect(server.last('enter')).toMatchObject({ pass: 'a.b.c', extra: 'from-newsletter' })
    server.admit()
    viewer.stop()
    openPage(null, 'from-newsletter')
    server.now.open()

    expect(server.last('enter')).toMatchObject({ token: 'token-1', extra: 'from-newsletter' })
  })

  test('waits on the open line until the host starts, and gets in without a reload', async () => {
    server.now.open()
    server.keepWaiting()
    expect(viewer.state).toMatchObject({ phase: 'naming', started: false, room: { title: 'Hall' } })
    viewer.enterAs('Lin')
    server.keepWaiting()
    expect(viewer.state.phase).toBe('early')
    const { id } = server.last('enter')
    server.now.hear({ op: 'started' })
    expect(server.all('enter')).toHaveLength(2) // not everybody at one instant
    await vi.advanceTimersByTimeAsync(2_000)
    expect(server.last('enter')).toMatchObject({ id, name: 'Lin' })
    server.admit()

    expect(viewer.state.phase).toBe('inside')
    expect(server.sockets).toHaveLength(1)
  })

  test('a token of a forgotten room becomes a new entry under the same name', () => {
    new BrowserEntryStore().save('abcd2345', { name: 'Lin', token: 'old' })
    reload()
    server.now.open()
    server.refuse('enter', 'invalid_token')

    expect(server.last('enter')).toMatchObject({ name: 'Lin' })
    expect(server.last('enter')['token']).toBeUndefined()
  })

  test('a room that does not exist is said', () => {
    server.now.open()
    server.refuse('enter', 'no_such_room')

    expect(viewer.state.phase).toBe('no_room')
  })

  test('two tabs before the door become one viewer', () => {
    server.now.open()
    server.refuse('enter', 'name_required')
    // the other tab enters
    new BrowserEntryStore().save('abcd2345', { name: 'Lin', token: 'token-2' })
    window.dispatchEvent(new StorageEvent('storage', { key: 'turnout.room.abcd2345' }))

    expect(server.last('enter')).toMatchObject({ token: 'token-2' })
  })
})

describe('the door', () => {
  test('a passcode is asked for, and a wrong one is said', () => {
    server.now.open()
    server.refuse('enter', 'passcode_required')
    expect(viewer.state).toMatchObject({ phase: 'naming', asksPasscode: true, problem: null })
    viewer.enterAs('Lin', '1111')
    expect(server.last('enter')).toMatchObject({ name: 'Lin', passcode: '1111' })
    server.refuse('enter', 'wrong_passcode')
    expect(viewer.state).toMatchObject({ phase: 'naming', asksPasscode: true, problem: { code: 'wrong_passcode' } })
    viewer.enterAs('Lin', '2222')
    server.admit()

    expect(viewer.state).toMatchObject({ phase: 'inside', asksPasscode: false })
    expect(localStorage.getItem('turnout.room.abcd2345')).not.toContain('2222')
  })

  test('a pass goes before what this device remembers, and the token it brings after it', () => {
    new BrowserEntryStore().save('abcd2345', { name: 'Somebody', token: 'old' })
    viewer.stop()
    openPage('signed.by.customer')
    server.now.open()
    expect(viewer.state.phase).toBe('entering')
    expect(server.last('enter')).toMatchObject({ pass: 'signed.by.customer' })
    expect(server.last('enter')['token']).toBeUndefined()
    server.admit()
    reload()
    server.now.open()

    expect(server.last('enter')).toMatchObject({ token: 'token-1' })
    expect(server.last('enter')['pass']).toBeUndefined()
  })

  test.each(['kicked', 'blocked', 'token_required', 'invalid_pass', 'pass_expired'])('%s is the last word: nothing is asked again', async (code) => {
    server.now.open()
    server.refuse('enter', code)
    await vi.advanceTimersByTimeAsync(120_000)

    expect(viewer.state).toMatchObject({ phase: 'refused', problem: { code } })
    expect(server.sockets).toHaveLength(1)
    expect(server.all('enter')).toHaveLength(1)
  })

  test('a full room is tried again calmly', async () => {
    server.now.open()
    viewer.enterAs('Lin')
    server.refuse('enter', 'room_full')
    expect(viewer.state).toMatchObject({ phase: 'refused', problem: { code: 'room_full' } })
    await vi.advanceTimersByTimeAsync(8_000)
    expect(server.all('enter')).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(8_000)
    expect(server.all('enter')).toHaveLength(3)
    server.admit()

    expect(viewer.state.phase).toBe('inside')
  })

  test('who is kicked out stays out, and is told', async () => {
    enter()
    server.now.drop(4003, 'kicked')
    await vi.advanceTimersByTimeAsync(60_000)

    expect(viewer.state).toMatchObject({ phase: 'refused', link: 'ended', problem: { code: 'kicked' } })
    expect(server.sockets).toHaveLength(1)
  })
})

describe('following', () => {
  test('after a lost line only what was missed comes', async () => {
    enter()
    server.now.drop()
    await vi.advanceTimersByTimeAsync(2_000)
    server.now.open()
    expect(server.last('enter')).toMatchObject({ token: 'token-1', epoch: 'e1', position: 4 })
    const missed = { op: 'publication', channel: 'session', position: 6, previous: 4, kind: 'survey.opened', at: '', survey: aSurvey() } as const
    server.admit({ resumed: true, publications: [missed], tallies: [{ op: 'tally', survey: 'sv_1', version: 3, answered: 2 }] })

    expect(viewer.state.picture).toMatchObject({ position: 6, room: { title: 'Hall' }, surveys: [{ id: 'sv_1', answered: 2 }] })
  })

  test('what was missed and does not lead on is not believed: a snapshot is asked for', () => {
    enter()
    server.now.hear({ op: 'publication', channel: 'session', position: 9, previous: 7, kind: 'survey.opened', at: '' })
    server.now.open()
    expect(server.last('enter')).toMatchObject({ position: 4 })
    server.admit({ resumed: true, publications: [{ op: 'publication', channel: 'session', position: 9, previous: 7, kind: 'survey.opened', at: '' }], tallies: [] })
    expect(server.sockets).toHaveLength(3)
    server.now.open()
    expect(server.last('enter')['position']).toBeUndefined()
    server.admit({ snapshot: aSnapshot({ position: 9 }) })

    expect(viewer.state.picture?.position).toBe(9)
    expect(server.sockets).toHaveLength(3)
  })

  test('after the end the page says so, and waits on the same line for the next beginning', async () => {
    enter()
    const ended = { id: 'ls_1', title: 'Monday', state: 'ended', started_at: '', ended_at: '' } as const
    server.now.hear({ op: 'publication', channel: 'session', position: 5, previous: 4, kind: 'live_session.ended', at: '', live_session: ended })
    await vi.advanceTimersByTimeAsync(15_500)
    expect(server.all('enter')).toHaveLength(3)
    expect(server.last('enter')['position']).toBeUndefined()
    server.keepWaiting()
    expect(viewer.state).toMatchObject({ phase: 'inside', started: false, picture: { live_session: { state: 'ended' } } })
    server.now.hear({ op: 'started' })
    await vi.advanceTimersByTimeAsync(2_000)
    server.admit({ snapshot: aSnapshot({ epoch: 'e2', position: 1 }) })

    expect(viewer.state).toMatchObject({ phase: 'inside', started: true, picture: { epoch: 'e2' } })
    expect(server.sockets).toHaveLength(1)
  })

  test('who was away at the end finds nothing open, and begins the next live session anew', async () => {
    server.now.open()
    viewer.enterAs('Lin')
    server.admit({ snapshot: aSnapshot({ surveys: [aSurvey()] }) })
    viewer.answering.change('sv_1', { question: 'qn_1', choices: [1] })
    server.now.drop()
    await vi.advanceTimersByTimeAsync(2_000)
    server.now.open()
    server.keepWaiting()
    expect(viewer.state).toMatchObject({ phase: 'inside', picture: { live_session: { state: 'ended' }, surveys: [{ id: 'sv_1', state: 'closed' }] } })
    expect(viewer.answering.state.drafts.size).toBe(0)
    server.now.hear({ op: 'started' })
    await vi.advanceTimersByTimeAsync(2_000)

    expect(server.last('enter')['position']).toBeUndefined()
  })

  test('while a time limit runs nobody stays away for long', async () => {
    server.now.open()
    viewer.enterAs('Lin')
    server.admit({ snapshot: aSnapshot({ surveys: [aSurvey({ closes_at: '2026-01-05T08:01:00.000000Z' })] }) })
    for (let round = 0; round < 8; round++) {
      server.now.drop()
      await vi.advanceTimersByTimeAsync(5_000)
    }

    expect(server.sockets).toHaveLength(9)
  })
})

test('how one did in an exam is asked for once it is published, not by everybody at one instant', async () => {
  const exam = aSurvey({ kind: 'exam' })
  server.now.open()
  viewer.enterAs('Lin')
  const mine = [{ survey: 'sv_1', submitted: true, answers: [], answered_at: null }]
  server.admit({ snapshot: aSnapshot({ surveys: [exam] }), mine })
  const closed = aSurvey({ kind: 'exam', state: 'closed', published: true })
  server.now.hear({ op: 'publication', channel: 'session', position: 5, previous: 4, kind: 'survey.closed', at: '', survey: closed })
  expect(server.all('read_own')).toHaveLength(0)
  await vi.advanceTimersByTimeAsync(2_500)
  const result = { right: 1, points: 2, to_mark: 0, marks: [] }
  server.now.hear({ op: 'own', id: server.last('read_own').id, mine: [{ survey: 'sv_1', submitted: true, answers: [], answered_at: null, result }] })

  expect(viewer.answering.state.mine.get('sv_1')?.result).toEqual(result)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(server.all('read_own')).toHaveLength(1)
})

test('a storage that refuses to keep anything does not stop a viewer', () => {
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new Error('full')
  })
  enter()

  expect(viewer.state.phase).toBe('inside')
})
