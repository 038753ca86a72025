import { beforeEach, expect, test, vi } from 'vitest'
import { StreamLine } from './stream_line'

let down: ReadableStreamDefaultController<Uint8Array>
let posts: { address: string; body: string }[]
let postStatus: number
let streamStatus: number
let cut: boolean
let heard: string[]
let endings: [number, string][]

const say = (text: string) => down.enqueue(new TextEncoder().encode(text))
const settle = () => new Promise((resolve) => setTimeout(resolve, 30))

const ask = vi.fn((address: unknown, how?: RequestInit) => {
  if (how?.method === 'POST') {
    posts.push({ address: address as string, body: how.body as string })
    return new Promise<Response>((resolve) => setTimeout(() => resolve(new Response(null, { status: postStatus })), 1))
  }
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (down = controller), cancel: () => void (cut = true) })
  how?.signal?.addEventListener('abort', () => (cut = true))
  return Promise.resolve(new Response(streamStatus === 200 ? body : 'no', { status: streamStatus, headers: { 'Content-Type': 'text/event-stream' } }))
})

function open(): StreamLine {
  const line = new StreamLine(ask)
  line.onmessage = (text) => heard.push(text)
  line.onclose = (code, reason) => endings.push([code, reason])
  return line
}

beforeEach(() => {
  posts = []
  heard = []
  endings = []
  postStatus = 204
  streamStatus = 200
  cut = false
})

test('what the server says arrives whole, however it was cut into pieces', async () => {
  open()
  await settle()
  say(':\n\ndata: {"op":"a"')
  say('}\n\ndata: {"op":"长')
  const rest = new TextEncoder().encode('城"}\n\n')
  down.enqueue(rest.slice(0, 1)) // in the middle of a letter
  down.enqueue(rest.slice(1))
  await settle()

  expect(heard).toEqual(['{"op":"a"}', '{"op":"长城"}'])
})

test('messages are posted one request at a time, in order, to the address of the stream; what gathers meanwhile goes together', async () => {
  const line = open()
  await settle()
  for (const number of [1, 2, 3]) line.send(`{"n":${number}}`)
  await settle()

  expect(posts.map(({ body }) => body)).toEqual(['{"n":1}', '[{"n":2},{"n":3}]'])
  expect(new Set(posts.map(({ address }) => address))).toEqual(new Set([ask.mock.calls.at(-1)?.[0]]))
  expect(posts[0]?.address).toMatch(/^\/live\/[\w-]{22}$/)
})

test('posts keep below the longest message', async () => {
  const line = open()
  await settle()
  const text = JSON.stringify({ text: 'x'.repeat(15_000) })
  for (let n = 0; n < 4; n++) line.send(text)
  await vi.waitFor(() => expect(posts.reduce((sum, { body }) => sum + body.split('"text"').length - 1, 0)).toBe(4))

  for (const { body } of posts) expect(body.length).toBeLessThan(65_536)
  expect(posts).toHaveLength(4)
})

test("the server's goodbye says how it ended", async () => {
  open()
  await settle()
  say('event: end\ndata: {"code":4003,"reason":"kicked","may_return":false}\n\n')
  await settle()

  expect(endings).toEqual([[4003, 'kicked']])
})

test.each([
  ['a response that ends', () => down.close()],
  ['a line that breaks', () => down.error(new Error('reset'))],
])('%s is a lost line', async (_, end) => {
  open()
  await settle()
  end()
  await settle()

  expect(endings).toEqual([[1006, '']])
})

test('an answer that is no stream is a line that never stood', async () => {
  streamStatus = 403
  const line = open()
  const opened = vi.fn()
  line.onopen = opened
  await settle()

  expect(opened).not.toHaveBeenCalled()
  expect(endings).toEqual([[1006, '']])
})

test.each([
  [404, 1006],
  [503, 1006],
  [413, 1009],
])('a post that is answered with %i ends the line with %i', async (status, code) => {
  postStatus = status
  const line = open()
  await settle()
  line.send('{}')
  await settle()

  expect(endings).toEqual([[code, '']])
  expect(cut).toBe(true)
})

test('a question whether anybody is there is answered', async () => {
  open()
  await settle()
  say(':\n\n')
  await settle()

  expect(posts.map(({ body }) => (JSON.parse(body) as { op: string }).op)).toEqual(['ping'])
})

test('a line this side has closed says nothing more', async () => {
  const line = open()
  await settle()
  line.close()
  await settle()

  expect(cut).toBe(true)
  expect(endings).toEqual([])
  expect(line.open).toBe(false)
})
