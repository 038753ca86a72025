// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { actionOf } from './keys'

test.each([
  ['ArrowRight', 'next'],
  ['PageDown', 'next'],
  ['ArrowLeft', 'previous'],
  ['PageUp', 'previous'],
  [' ', 'pause'],
  ['Q', 'join'],
  ['r', 'results'],
  ['f', 'fullscreen'],
  ['b', 'black'],
  ['.', 'black'],
  ['?', 'help'],
  ['Escape', 'back'],
  ['x', null],
  ['Tab', null],
])('the key %s means %s', (key, action) => {
  expect(actionOf(new KeyboardEvent('keydown', { key }))).toBe(action)
})

test('what the browser does with a modifier stays its own', () => {
  expect(actionOf(new KeyboardEvent('keydown', { key: 'r', ctrlKey: true }))).toBeNull()
  expect(actionOf(new KeyboardEvent('keydown', { key: 'ArrowLeft', altKey: true }))).toBeNull()
})
