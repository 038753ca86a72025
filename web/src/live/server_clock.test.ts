import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ServerClock } from './server_clock'

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void vi.useRealTimers())

const at = (ms: number) => new Date(ms).toISOString()

test("a device's wrong clock does not matter", () => {
  const clock = new ServerClock()

  clock.sample(at(5_000_050), 1_000_000, 1_000_100)

  expect(clock.now()).toBe(5_000_000) // the device's clock stands at the moment of asking
})

test('the sample with the shortest round trip counts', () => {
  const clock = new ServerClock()

  clock.sample(at(5_000_010), 1_000_000, 1_000_020)
  clock.sample(at(9_000_000), 1_000_100, 1_004_100)

  expect(clock.now()).toBe(5_000_000)
})

test('a good sample gives way after a while', () => {
  const clock = new ServerClock()

  clock.sample(at(5_000_010), 1_000_000, 1_000_020)
  clock.sample(at(7_200_100), 1_200_000, 1_200_200)

  expect(clock.now()).toBe(7_000_000)
})

test('nonsense is ignored', () => {
  const clock = new ServerClock()

  clock.sample('soon', 1_000_000, 1_000_001)

  expect(clock.now()).toBe(1_000_000)
})
