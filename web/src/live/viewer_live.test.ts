// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { BrowserEntryStore } from './entry_store'
import { aSnapshot, FakeServer } from './fake_server'
import { ViewerLive } from './viewer_live'

let server: FakeServer
let viewer: ViewerLive

function openPage(): void {
  viewer = new ViewerLive('ABCD-2345', new BrowserEntryStore(), server.connect, () => 0.5)
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

const flush = () => vi.advanceTimersByTimeAsync(0)

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
    server.now.open()
    viewer.enterAs('Lin')
    server.admit()
    expect(viewer.state).toMatchObject({ phase: 'inside', name: 'Lin' })
    reload()
    server.now.open()

    expect(server.last('enter')).toEqual({ op: 'enter', id: expect.any(String) as string, room: 'abcd2345', token: 'token-1' })
  })

  test('waits calmly for the host and gets in without a reload', async () => {
    server.now.open()
    server.refuse('enter', 'no_live_session')
    viewer.enterAs('Lin')
    expect(viewer.state.phase).toBe('early')
    server.refuse('enter', 'no_live_session')
    const id = server.last('enter').id
    await vi.advanceTimersByTimeAsync(4_000)
    expect(server.now.sent.filter(({ op }) => op === 'enter')).toHaveLength(3)
    expect(server.last('enter').id).toBe(id)
    server.admit()

    expect(viewer.state.phase).toBe('inside')
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
})

describe('answering', () => {
  beforeEach(() => {
    server.now.open()
    viewer.enterAs('Lin')
    server.admit()
  })

  test('counts as saved only after the acknowledgement', async () => {
    viewer.answer('qn_1', [1])
    expect(viewer.state.sending.get('qn_1')).toEqual({ choices: [1], refusal: null })
    expect(viewer.state.mine.size).toBe(0)
    server.now.hear({ op: 'accepted', id: server.last('answer').id })
    await flush()

    expect(viewer.state.sending.size).toBe(0)
    expect(viewer.state.mine.get('qn_1')).toEqual([1])
  })

  test('a refusal is kept for the viewer to read, and nothing counts', async () => {
    viewer.answer('qn_1', [1])
    server.refuse('answer', 'too_late')
    await flush()

    expect(viewer.state.sending.get('qn_1')?.refusal?.code).toBe('too_late')
    expect(viewer.state.mine.size).toBe(0)
  })

  test('an answer without an acknowledgement survives a reload under its id', async () => {
    viewer.answer('qn_1', [1])
    const sent = server.last('answer')
    reload()
    server.letIn()
    expect(server.last('answer')).toEqual(sent)
    server.now.hear({ op: 'accepted', id: sent.id })
    await flush()
    reload()
    server.letIn({ mine: [{ question: 'qn_1', choices: [1] }] })

    expect(() => server.last('answer')).toThrow('no answer was sent')
  })

  test('an answer the server has already is not sent again after a reload', () => {
    viewer.answer('qn_1', [1])
    reload()
    server.letIn({ mine: [{ question: 'qn_1', choices: [1] }] })

    expect(viewer.state.mine.get('qn_1')).toEqual([1])
    expect(() => server.last('answer')).toThrow('no answer was sent')
  })

  test('what was answered on another device is fetched', async () => {
    viewer.answer('qn_1', [1])
    server.refuse('answer', 'already_answered')
    await flush()
    server.letIn({ mine: [{ question: 'qn_1', choices: [0] }] })

    expect(viewer.state.mine.get('qn_1')).toEqual([0])
    expect(viewer.state.sending.size).toBe(0)
  })
})

test('a gap in the news brings a fresh snapshot over a new connection', () => {
  server.now.open()
  viewer.enterAs('Lin')
  server.admit()
  server.now.hear({ op: 'publication', channel: 'session', position: 9, previous: 7, kind: 'survey.opened', at: '2026-01-05T08:00:00.000000Z' })
  expect(server.sockets).toHaveLength(2)
  server.letIn({ snapshot: aSnapshot({ position: 9 }) })

  expect(viewer.state.picture?.position).toBe(9)
})

test('a storage that refuses to keep anything does not stop a viewer', () => {
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new Error('full')
  })
  server.now.open()
  viewer.enterAs('Lin')
  server.admit()

  expect(viewer.state.phase).toBe('inside')
})
