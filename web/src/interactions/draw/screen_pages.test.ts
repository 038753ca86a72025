import { describe, expect, test } from 'vitest'
import { aDraw } from '@/live/samples'
import { emsOf, fitOf, mostOn, pagesOf, placeOf, scaleOf } from './screen_pages'

const HALL = { width: 1_700, height: 700 }
const PHONE = { width: 350, height: 560 }
const names = (count: number) => Array.from({ length: count }, (_, at) => `Maria ${at}`)
const prize = (id: string, won: number) => ({ ...aDraw().prizes[0], id, name: id, count: won, won, type: 'physical' as const, custom: null, points: null, asks: [] })

describe('type', () => {
  test('is as large as it can be: one name fills the screen, many stand in columns', () => {
    expect(fitOf(names(1), HALL)).toMatchObject({ columns: 1 })
    expect(fitOf(names(1), HALL).sizePx).toBeGreaterThan(100)
    expect(fitOf(names(24), HALL).columns).toBeGreaterThan(2)
    expect(fitOf(names(24), PHONE).columns).toBeLessThan(4)
  })

  test('never makes a page larger than its room', () => {
    for (const room of [HALL, PHONE])
      for (const count of [1, 2, 5, 26, 200]) {
        const shown = names(Math.min(count, mostOn(names(count), room)))
        const { columns, sizePx } = fitOf(shown, room)
        expect(Math.ceil(shown.length / columns) * sizePx * 1.75).toBeLessThanOrEqual(room.height + 1)
        expect(sizePx).toBeGreaterThanOrEqual(15 * 0.9)
      }
  })

  test('of a long name is smaller, so that one does not make all others small', () => {
    expect(emsOf('林晓')).toBe(2)
    expect(scaleOf('林晓')).toBe(1)
    expect(scaleOf('a'.repeat(30))).toBeCloseTo(12 / 18)
    expect(fitOf([...names(3), 'a'.repeat(64)], HALL).sizePx).toBe(fitOf([...names(3), 'a'.repeat(20)], HALL).sizePx)
  })
})

describe('pages', () => {
  test('go prize by prize; a prize of thousands has many, each about as full', () => {
    const draw = aDraw({ prizes: [prize('one', 1), prize('many', 4_100), prize('none', 0)] })
    const pages = pagesOf(draw, new Map([['one', names(1)], ['many', names(4_100)]]), HALL)
    const many = pages.filter(({ prize: { id } }) => id === 'many')

    expect(pages[0]).toMatchObject({ names: ['Maria 0'], page: 1, pages: 1, more: 0 })
    expect(many.flatMap((page) => page.names)).toEqual(names(4_100))
    expect(many.length).toBeGreaterThan(40)
    expect(Math.min(...many.map((page) => page.names.length))).toBeGreaterThan(20)
    expect(pages.at(-1)).toMatchObject({ prize: { id: 'none' }, names: [], more: 0 })
  })

  test('say how many have won besides, while not all are known', () => {
    expect(pagesOf(aDraw({ prizes: [prize('many', 26)] }), new Map([['many', names(20)]]), HALL).map(({ more }) => more).at(-1)).toBe(6)
  })
})

test.each([
  [5, 3, ['span 2', 'span 2', 'span 2', '2 / span 2', 'span 2']],
  [4, 3, ['span 2', 'span 2', 'span 2', '3 / span 2']],
  [6, 3, ['span 2', 'span 2', 'span 2', 'span 2', 'span 2', 'span 2']],
  [1, 1, ['span 2']],
])('of %i names in %i columns those of the last row stand in the middle', (count, columns, places) => {
  expect(Array.from({ length: count }, (_, index) => placeOf(index, count, columns))).toEqual(places)
})
