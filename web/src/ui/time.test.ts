import { expect, test } from 'vitest'
import { countdownText, lengthText, momentText, startText, zonedText } from './time'

test('0:00 means over', () => {
  expect([countdownText(1), countdownText(0), countdownText(-5)]).toEqual(['0:01', '0:00', '0:00'])
  expect([lengthText(59), lengthText(3_600)]).toEqual(['0:59', '1:00:00'])
})

test.each(['zh-CN', 'en'])('the first hour of a day is 00: %s', (language) => {
  const midnight = new Date(2026, 0, 5, 0, 5, 9)

  expect(momentText(midnight.toISOString(), language, midnight)).toBe('00:05:09')
  expect(momentText(midnight.toISOString(), language, new Date(2026, 0, 6))).toMatch(/00:05$/)
})

test.each(['zh-CN', 'en'])('a start is told to the minute, with its date when that is not today: %s', (language) => {
  const at = new Date(2026, 0, 5, 15, 0, 30)

  expect(startText(at.toISOString(), language, new Date(2026, 0, 5, 9))).toBe('15:00')
  expect(startText(at.toISOString(), language, new Date(2026, 0, 4))).toMatch(/5.*15:00$/)
  expect(startText(at.toISOString(), language, new Date(2025, 11, 31))).toMatch(/2026.*15:00$/)
})

test.each(['zh-CN', 'en'])('a moment to compare has the name of its zone at its end: %s', (language) => {
  expect(zonedText(new Date(2026, 10, 23, 18, 15, 39), language)).toMatch(/^(?=.*2026).*23.* 18:15:39 [A-Z]\S*$/)
  expect(zonedText(new Date(2026, 10, 23, 0, 5, 9), language)).toMatch(/ 00:05:09 [A-Z]/)
})
