// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import { actionOf, useScreenKeys } from './keys'

test.each([
  ['ArrowRight', 'next'],
  ['PageDown', 'next'],
  ['ArrowLeft', 'previous'],
  ['PageUp', 'previous'],
  [' ', 'pause'],
  ['n', 'other'],
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

test('a text that has to be scrolled keeps its arrows; a clicker still turns pages', () => {
  const act = vi.fn()
  const scope = effectScope()
  scope.run(() => useScreenKeys(act))
  const box = document.body.appendChild(document.createElement('div'))
  const press = (key: string) => {
    const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
    box.dispatchEvent(event)
    return event.defaultPrevented
  }
  expect(press('ArrowDown')).toBe(true)
  box.className = 'scrolls'
  expect([press('ArrowDown'), press('ArrowUp'), press('PageDown')]).toEqual([false, false, true])
  expect(act.mock.calls).toEqual([['next'], ['next']])
  scope.stop()
})
