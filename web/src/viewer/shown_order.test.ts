import { expect, test } from 'vitest'
import { orderShown } from './shown_order'

test('what is new stands on top', () => {
  expect(orderShown(['a'], ['b', 'a'], () => false)).toEqual(['b', 'a'])
})

test('while somebody answers nothing moves: what is new comes below', () => {
  expect(orderShown(['a'], ['b', 'a'], (id) => id === 'a')).toEqual(['a', 'b'])
})

test('what has closed is gone, and the others keep their places', () => {
  expect(orderShown(['a', 'b', 'c'], ['c', 'a'], () => true)).toEqual(['a', 'c'])
})
