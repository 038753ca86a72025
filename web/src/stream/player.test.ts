// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { pauseMs, Player, streamAddress, type Watching } from './player'

const library = vi.hoisted(() => {
  class Library {
    static readonly Events = { ERROR: 'error' }
    static readonly isSupported = (): boolean => true
    on = () => undefined
    attachMedia = () => undefined
    loadSource = () => undefined
    destroy = () => undefined
  }
  return { default: Library }
})
vi.mock('hls.js', () => library)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function playing(play: () => Promise<void>) {
  const video = document.createElement('video')
  Object.assign(video, { play, load: () => undefined })
  const told: string[] = []
  const watching: Watching = { playing: () => told.push('playing'), over: () => told.push('over'), blocked: () => told.push('blocked'), failed: (trouble) => told.push(trouble) }
  return { told, video, player: new Player(video, 'https://cdn.example.com/a.m3u8', watching) }
}

test('pauses grow, end, and spread', () => {
  expect([1, 2, 3, 4, 5, 20].map((failures) => pauseMs(failures, () => 0.5))).toEqual([3_000, 6_000, 12_000, 24_000, 30_000, 30_000])
  expect(pauseMs(1, () => 0)).toBe(2_250)
  expect(pauseMs(1, () => 1)).toBe(3_750)
})

test.each([
  ['https://cdn.example.com/live/a.m3u8?t=1', 'https://cdn.example.com/live/a.m3u8?t=1'],
  ['/hls/a.m3u8', 'https://live.example.com/hls/a.m3u8'],
  ['javascript:alert(1)', null],
  ['data:text/html,x', null],
  ['blob:https://live.example.com/1', null],
  ['http://[', null],
])('%s is played as %s', (text, address) => {
  expect(streamAddress(text, 'https://live.example.com/stream/abcd2345')).toBe(address)
})

test.each([
  ['NotAllowedError', ['blocked']],
  ['AbortError', []],
])('%s from play() tells %j', async (name, expected) => {
  const { told, player } = playing(() => Promise.reject(new DOMException('no', name)))
  await player.start()
  await vi.advanceTimersByTimeAsync(0)
  expect(told).toEqual(expected)
})

test('what was stopped meanwhile is not blocked', async () => {
  const { told, player } = playing(() => new Promise((_, reject) => setTimeout(() => reject(new DOMException('no', 'NotAllowedError')), 10)))
  await player.start()
  player.stop()
  await vi.advanceTimersByTimeAsync(10)
  expect(told).toEqual([])
})

test('its end is told, and that it begins again; not after it was left', () => {
  const { told, video, player } = playing(() => Promise.resolve())
  video.dispatchEvent(new Event('playing'))
  video.dispatchEvent(new Event('ended'))
  video.dispatchEvent(new Event('playing'))
  player.stop()
  video.dispatchEvent(new Event('ended'))
  expect(told).toEqual(['playing', 'over', 'playing'])
})

test('a part of the page that does not come is fetched again, like the stream', async () => {
  vi.resetModules()
  vi.doMock('hls.js', () => {
    throw new TypeError('Failed to fetch dynamically imported module')
  })
  const { told, player } = playing(() => Promise.resolve())
  await player.start()
  expect(told).toEqual(['lost'])
  vi.doMock('hls.js', () => library)
  await vi.advanceTimersByTimeAsync(30_000)
  expect(told).toEqual(['lost'])
  player.stop()
})
