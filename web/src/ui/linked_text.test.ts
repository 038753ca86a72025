import { expect, test } from 'vitest'
import { partsOf } from './linked_text'

const urls = (text: string) => partsOf(text).flatMap(({ url }) => (url === null ? [] : [url]))

test.each([
  ['The slides: https://example.com/a?b=1#c.', ['https://example.com/a?b=1#c']],
  ['讲义在https://example.com/讲义，请下载', ['https://example.com/']],
  ['(see http://example.com/a), or HTTPS://EXAMPLE.COM', ['http://example.com/a', 'HTTPS://EXAMPLE.COM']],
  ['javascript:alert(1) //example.com www.example.com http:// <b>x</b>', []],
  ['', []],
])('of %s', (text, found) => {
  expect(urls(text)).toEqual(found)
  expect(
    partsOf(text)
      .map((part) => part.text)
      .join(''),
  ).toBe(text)
})
