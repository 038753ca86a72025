// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeServer } from './fake_server'
import { CommandRefused } from './outbox'
import type { News } from './protocol'
import { LiveSocket, type Link } from './socket'

let server: FakeServer
let socket: LiveSocket
let links: Link[]
let news: News[]
let own: unknown[]
let endings: unknown[]
let longest: number | undefined

beforeEach(() => {
  vi.useFakeTimers()
  server = new FakeServer()
  links = []
  news = []
  own = []
  endings = []
  longest = undefined
  socket = new LiveSocket(
    {
      opened: () => socket.greet({ op: 'enter', room: 'abcd2345', token: 't' }),
      greeted: () => undefined,
      greetingRefused: () => undefined,
      news: (one) => news.push(one),
      linkChanged: (link) => links.push(link),
      started: () => socket.greet({ op: 'enter', room: 'abcd2345', token: 't' }),
      own: ({ mine }) => own.push(mine),
      ended: (code, reason) => endings.push([code, reason]),
      longestPauseMs: () => longest,
    },
    server.line,
    () => 0.5,
  )
  socket.start()
})

afterEach(() => {
  socket.stop()
  vi.useRealTimers()
})

const answer = { op: 'answer', survey: 'sv_1', answers: [{ question: 'qn_1', choices: [0] }] } as const

describe('commands', () => {
  test('wait for the greeting, and resolve only on the acknowledgement', async () => {
    const done = vi.fn()
    void socket.command(answer, 'cmd-1').then(done)
    server.now.open()
    expect(server.now.sent.map(({ op }) => op)).toEqual(['enter'])

    server.admit()
    await vi.advanceTimersByTimeAsync(10)
    expect(server.last('answer')).toEqual({ ...answer, id: 'cmd-1' })
    expect(done).not.toHaveBeenCalled()

    server.now.hear({ op: 'accepted', id: 'cmd-1' })
    await vi.advanceTimersByTimeAsync(0)
    expect(done).toHaveBeenCalledOnce()
  })

  test('are sent again under the same id after every reconnect until they are acknowledged', async () => {
    server.letIn()
    const done = vi.fn()
    void socket.command(answer, 'cmd-1').then(done)
    for (let round = 0; round < 2; round++) {
      server.now.drop()
      await vi.advanceTimersByTimeAsync(20_000)
      server.letIn()
      expect(server.last('answer').id).toBe('cmd-1')
    }
    server.now.hear({ op: 'accepted', id: 'cmd-1' })
    await vi.advanceTimersByTimeAsync(0)
    expect(done).toHaveBeenCalledOnce()

    server.now.drop()
    await vi.advanceTimersByTimeAsync(20_000)
    server.letIn()
    expect(() => server.last('answer')).toThrow('no answer was sent')
  })

  test('a refusal rejects with its code', async () => {
    server.letIn()
    const done = socket.command(answer, 'cmd-1').catch((error: unknown) => error)
    server.refuse('answer', 'too_late')

    expect(await done).toBeInstanceOf(CommandRefused)
    expect(await done).toMatchObject({ refusal: { code: 'too_late' } })
  })

  test('a server that is behind is asked again later under the same id', async () => {
    server.letIn()
    void socket.command(answer, 'cmd-1')
    server.refuse('answer', 'overloaded', { retry_after_s: 2 })
    await vi.advanceTimersByTimeAsync(1_900)
    expect(server.now.sent.filter(({ op }) => op === 'answer')).toHaveLength(1)

    await vi.advanceTimersByTimeAsync(1_200)
    expect(server.now.sent.filter(({ id }) => id === 'cmd-1')).toHaveLength(2)
  })
})

describe('a dead link', () => {
  test('shows by a ping without an answer', async () => {
    server.letIn()
    await vi.advanceTimersByTimeAsync(15_000)
    expect(server.last('ping').op).toBe('ping')
    expect(links.at(-1)).toBe('up')

    await vi.advanceTimersByTimeAsync(6_000)
    expect(links.at(-1)).toBe('lost')
    expect(server.now.closedWith).toBe(4900)
  })

  test('is not suspected while the server answers', async () => {
    server.letIn()
    for (let round = 0; round < 5; round++) {
      await vi.advanceTimersByTimeAsync(15_000)
      server.now.hear({ op: 'pong', id: server.last('ping').id, now: new Date().toISOString() })
    }

    expect(server.sockets).toHaveLength(1)
    expect(links).toEqual(['up'])
  })

  test('is looked for at once when the network comes back', () => {
    server.letIn()
    window.dispatchEvent(new Event('online'))

    expect(server.last('ping').op).toBe('ping')
  })

  test('is looked for at once when the browser says that it is offline', async () => {
    server.letIn()
    window.dispatchEvent(new Event('offline'))
    expect(server.last('ping').op).toBe('ping')
    await vi.advanceTimersByTimeAsync(6_000)

    expect(links.at(-1)).toBe('lost')
  })

  test('an unanswered command makes us ask before we give up', async () => {
    server.letIn()
    void socket.command(answer, 'cmd-1')
    await vi.advanceTimersByTimeAsync(4_000)

    expect(server.last('ping').op).toBe('ping')
    expect(links.at(-1)).toBe('up')
  })
})

test('a command the server would end the connection for is not sent', async () => {
  server.letIn()
  const text = '长'.repeat(22_000) // three bytes each
  const outcome = socket.command({ op: 'answer', survey: 'sv_1', answers: [{ question: 'qn_1', text }] }).catch((error: unknown) => error)

  expect(await outcome).toMatchObject({ refusal: { code: 'answers_too_long' } })
  expect(server.all('answer')).toEqual([])
})

test('while a time limit runs nobody stays away for longer than the owner says', async () => {
  longest = 5_000
  server.letIn()
  for (let round = 0; round < 6; round++) {
    server.now.drop()
    await vi.advanceTimersByTimeAsync(5_000)
  }

  expect(server.sockets).toHaveLength(7)
})

test('a room without a live session: the line stays, no command leaves, and the greeting is said again when it begins', () => {
  void socket.command(answer, 'cmd-1')
  server.now.open()
  server.keepWaiting()
  expect(links.at(-1)).toBe('up')
  expect(server.all('answer')).toEqual([])
  server.now.hear({ op: 'started' })
  expect(server.all('enter')).toHaveLength(2)
  server.admit()

  expect(server.last('answer').id).toBe('cmd-1')
  expect(server.sockets).toHaveLength(1)
})

test('own answers that were asked for settle the question and reach the owner', async () => {
  server.letIn()
  const done = vi.fn()
  void socket.command({ op: 'read_own' }).then(done)
  const mine = [{ survey: 'sv_1', submitted: true, answers: [], answered_at: null }]
  server.now.hear({ op: 'own', id: server.last('read_own').id, mine })
  server.now.hear({ op: 'own', mine: [] })
  await vi.advanceTimersByTimeAsync(0)

  expect(done).toHaveBeenCalledOnce()
  expect(own).toEqual([mine, []])
})

test('an ending for good says its reason', () => {
  server.letIn()
  server.now.drop(4003, 'kicked')

  expect(endings).toEqual([[4003, 'kicked']])
})

describe('coming back', () => {
  test('waits longer after each failure, and the wait starts anew once it held', async () => {
    server.letIn()
    server.now.drop(1012)
    await vi.advanceTimersByTimeAsync(500) // 800 × (0.2 + 0.8 × 0.5) = 480
    expect(server.sockets).toHaveLength(2)
    server.now.drop()
    await vi.advanceTimersByTimeAsync(500)
    expect(server.sockets).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(500) // 960
    expect(server.sockets).toHaveLength(3)
    server.letIn()
    server.now.drop()
    await vi.advanceTimersByTimeAsync(500)

    expect(server.sockets).toHaveLength(4)
  })

  test('is immediate when somebody looks at the page', () => {
    server.letIn()
    server.now.drop()
    document.dispatchEvent(new Event('visibilitychange'))

    expect(server.sockets).toHaveLength(2)
  })

  test.each([1009, 4003])('does not happen after ending %i', async (code) => {
    server.letIn()
    server.now.drop(code)
    await vi.advanceTimersByTimeAsync(60_000)

    expect(server.sockets).toHaveLength(1)
    expect(links.at(-1)).toBe('ended')
  })
})

test('news reaches the owner, and what an abandoned connection still says does not', () => {
  server.letIn()
  const abandoned = server.now
  abandoned.hear({ op: 'online', viewers: 3 })
  socket.refresh()
  abandoned.hear({ op: 'online', viewers: 4 })

  expect(news).toEqual([{ op: 'online', viewers: 3 }])
  expect(server.sockets).toHaveLength(2)
})
