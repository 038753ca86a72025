// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest'
import { extraOfLink, forgetPass, takePass } from './pass'

beforeEach(() => {
  sessionStorage.clear()
  history.replaceState(null, '', '/r/abcd2345')
})

test('the pass is taken out of the address at once, and out of what the router keeps', () => {
  history.replaceState({ current: '/r/abcd2345?x=1#pass=a.b.c' }, '', '/r/abcd2345?x=1#pass=a.b.c')

  expect(takePass('abcd2345')).toBe('a.b.c')
  expect(location.href).toMatch(/\/r\/abcd2345\?x=1$/)
  expect(history.state).toEqual({ current: '/r/abcd2345?x=1' })
})

test('what else the frame of a customer’s site has behind the # stays', () => {
  history.replaceState(null, '', '/r/abcd2345#embed=https%3A%2F%2Fwww.example.com&lang=en&pass=a.b.c')

  expect(takePass('abcd2345')).toBe('a.b.c')
  expect(location.hash).toBe('#embed=https%3A%2F%2Fwww.example.com&lang=en')
})

test('it stays in a browser that cannot count what is there', () => {
  const counted = Object.getOwnPropertyDescriptor(URLSearchParams.prototype, 'size')
  Object.defineProperty(URLSearchParams.prototype, 'size', { configurable: true, get: () => undefined })
  history.replaceState(null, '', '/r/abcd2345#embed=https%3A%2F%2Fwww.example.com&pass=a.b.c')

  expect(takePass('abcd2345')).toBe('a.b.c')
  expect(location.hash).toBe('#embed=https%3A%2F%2Fwww.example.com')
  if (counted) Object.defineProperty(URLSearchParams.prototype, 'size', counted)
})

test('who reloads before it was used has it still, in this room alone; then it is forgotten', () => {
  history.replaceState(null, '', '/r/abcd2345#pass=a.b.c')
  takePass('abcd2345')
  expect(takePass('abcd2345')).toBe('a.b.c')
  expect(takePass('other')).toBeNull()
  forgetPass('abcd2345')

  expect(takePass('abcd2345')).toBeNull()
})

test('a link without one stays as it is', () => {
  history.replaceState(null, '', '/r/abcd2345#top')

  expect(takePass('abcd2345')).toBeNull()
  expect(location.hash).toBe('#top')
})

test('what the customer wrote into the link is read again and again, as far as the server keeps it', () => {
  history.replaceState(null, '', `/r/abcd2345?extra=from%20%E5%85%AC%E4%BC%97%E5%8F%B7&x=1#pass=a.b.c`)
  takePass('abcd2345')
  expect(extraOfLink()).toBe('from 公众号')
  expect(extraOfLink()).toBe('from 公众号')

  history.replaceState(null, '', `/r/abcd2345?extra=${'x'.repeat(2000)}`)
  expect(extraOfLink()).toBe('x'.repeat(1024))

  history.replaceState(null, '', '/r/abcd2345?extra=')
  expect(extraOfLink()).toBeNull()
})
