// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { qrFile, qrShape } from './qr'

test('the file holds the same squares as the page, on white, and is one well-formed picture', () => {
  const { size, path } = qrShape('https://live.example.com/r/k7mw3x9a')
  const file = new DOMParser().parseFromString(qrFile('https://live.example.com/r/k7mw3x9a'), 'image/svg+xml')

  expect(size).toBeGreaterThan(21)
  expect(file.querySelector('path')?.getAttribute('d')).toBe(path)
  expect(file.querySelector('rect')?.getAttribute('fill')).toBe('#fff')
})
