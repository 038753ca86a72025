import { expect, test } from 'vitest'
import { ApiError } from '@/api/client'
import { browserName } from './browser_name'
import { minutesToWait } from './waiting'

test('a browser is called what people call it', () => {
  expect(browserName('Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0')).toBe('Edge · Windows')
  expect(browserName('Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1')).toBe('Safari · iPhone')
  expect(browserName('Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36')).toBe('Chrome · Android')
  expect(browserName(`curl/8.0 ${'x'.repeat(100)}`)).toHaveLength(40)
  expect(browserName('')).toBeNull()
  expect(browserName(null)).toBeNull()
})

test('waiting is told in minutes, and only where it takes some', () => {
  const refusal = (retry_after_s?: number) => new ApiError(429, { code: 'too_many_login_failures', message: '', ...(retry_after_s === undefined ? {} : { retry_after_s }) })

  expect(minutesToWait(refusal(840))).toBe(14)
  expect(minutesToWait(refusal(841))).toBe(15)
  expect(minutesToWait(refusal(5))).toBeNull()
  expect(minutesToWait(refusal())).toBeNull()
  expect(minutesToWait(new Error('x'))).toBeNull()
})
