import { expect, test } from 'vitest'
import { pauseMs, streamAddress } from './player'

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
