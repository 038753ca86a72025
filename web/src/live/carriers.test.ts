// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeServer } from './fake_server'
import { LiveSocket, type Link } from './socket'

let server: FakeServer
let socket: LiveSocket
let links: Link[]

beforeEach(() => {
  vi.useFakeTimers()
  server = new FakeServer()
  links = []
  socket = new LiveSocket(
    {
      opened: () => socket.greet({ op: 'enter', room: 'abcd2345', token: 't' }),
      greeted: () => undefined,
      greetingRefused: () => undefined,
      news: () => undefined,
      linkChanged: (link) => links.push(link),
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

describe('where sockets are blocked', () => {
  const carriers = () => server.sockets.map(({ carrier }) => carrier)

  async function failTwice(): Promise<void> {
    for (let round = 0; round < 2; round++) {
      server.now.drop()
      await vi.advanceTimersByTimeAsync(2_000)
    }
  }

  test('a stream takes their place after two that never stood', async () => {
    await failTwice()
    expect(carriers()).toEqual(['socket', 'socket', 'stream'])
    server.letIn()
    void socket.command(answer, 'cmd-1')

    expect(server.last('answer').id).toBe('cmd-1')
    expect(links.at(-1)).toBe('up')
  })

  test('a stream that breaks comes back as a stream', async () => {
    await failTwice()
    server.letIn()
    server.now.drop()
    await vi.advanceTimersByTimeAsync(2_000)

    expect(carriers().at(-1)).toBe('stream')
  })

  test('a server that is away is asked both ways in turn', async () => {
    await failTwice()
    for (let round = 0; round < 4; round++) {
      server.now.drop()
      document.dispatchEvent(new Event('visibilitychange'))
    }

    expect(carriers()).toEqual(['socket', 'socket', 'stream', 'socket', 'socket', 'stream', 'socket'])
  })

  test('where only streams have stood they get every other turn while the server is away', async () => {
    await failTwice()
    server.letIn()
    for (let round = 0; round < 5; round++) {
      server.now.drop()
      document.dispatchEvent(new Event('visibilitychange'))
    }

    expect(carriers().slice(2)).toEqual(['stream', 'stream', 'socket', 'stream', 'socket', 'stream'])
  })

  test('a server that restarts is no sign of it: where a socket has stood, sockets get more turns', () => {
    server.letIn()
    for (let round = 0; round < 6; round++) {
      server.now.drop()
      document.dispatchEvent(new Event('visibilitychange'))
    }

    expect(carriers()).toEqual(['socket', 'socket', 'socket', 'socket', 'socket', 'stream', 'socket'])
  })

  test('a socket is tried again later beside the stream, and takes over when it opens', async () => {
    await failTwice()
    server.letIn()
    const stream = server.now
    const pongs = setInterval(() => stream.hear({ op: 'pong', id: 'x', now: new Date().toISOString() }), 3_000)
    await vi.advanceTimersByTimeAsync(245_000)
    clearInterval(pongs)
    expect(carriers().at(-1)).toBe('socket')
    expect(stream.closedWith).toBeNull()
    server.letIn()

    expect(stream.closedWith).not.toBeNull()
    expect(links.slice(-2)).toEqual(['connecting', 'up'])
    expect(links.filter((link) => link === 'lost')).toHaveLength(2)
  })
})
