import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { contrast, GROUNDS, LEAST_CONTRAST, propertiesOf, PLAIN, shadesOf, type Scheme } from './theme'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const [light = '', dark = ''] = css.split('@media (prefers-color-scheme: dark)')

/** 4,096 colours, the extremes and every hue among them. */
const LEVELS = Array.from({ length: 16 }, (_, level) => (level * 17).toString(16).padStart(2, '0'))
const COLOURS = LEVELS.flatMap((red) => LEVELS.flatMap((green) => LEVELS.map((blue) => `#${red}${green}${blue}`)))

describe.each<Scheme>(['light', 'dark'])('on %s', (scheme) => {
  test('whatever colour an account has, it is read on every ground, and what stands on it too', () => {
    const grounds = Object.values(GROUNDS[scheme])
    const wrong = COLOURS.filter((colour) => {
      const { accent, onAccent, hover } = shadesOf(colour, scheme)
      const pairs = [...grounds.flatMap((ground) => [[accent, ground], [hover, ground]]), [onAccent, accent], [onAccent, hover]]
      return pairs.some(([one = '', other = '']) => contrast(one, other) < LEAST_CONTRAST)
    })

    expect(wrong).toEqual([])
  })

  test('the grounds are those of the page', () => {
    const part = scheme === 'light' ? light : dark
    for (const [name, value] of Object.entries(GROUNDS[scheme])) expect(part).toContain(`--${name}: ${value};`)
  })
})

test('a colour that can be read stays as it is', () => {
  expect(shadesOf('#1f4fd8', 'light').accent).toBe('#1f4fd8')
  expect(shadesOf('#8ab4ff', 'dark').accent).toBe('#8ab4ff')
  expect(shadesOf('#ffe000', 'light').accent).not.toBe('#ffe000')
})

test('contrast is that of WCAG', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 6)
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.478, 3)
})

test('every property is one the stylesheet looks for, and without a colour there is none', () => {
  const names = propertiesOf({ name: '', accent: '#1f4fd8', logo: null }).map(([name]) => name)

  expect(names).toHaveLength(6)
  for (const name of names) expect(css).toContain(`var(${name},`)
  expect(propertiesOf(PLAIN)).toEqual([])
})
