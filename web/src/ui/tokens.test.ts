import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const [light = '', dark = ''] = css.split('@media (prefers-color-scheme: dark)')

function colours(part: string): Map<string, string> {
  return new Map(Array.from(part.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g), ([, name = '', value = '']) => [name, value]))
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = parseInt(hex.slice(start, start + 2), 16) / 255
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}

const TEXTS = ['ink', 'ink-2', 'ink-3', 'jade', 'vermilion', 'amber'].flatMap((text) => ['paper', 'surface', 'sunken'].map((ground) => [text, ground]))
const OWN_GROUND = ['jade', 'vermilion', 'amber'].map((text) => [text, `${text}-soft`])
const ON_INK = [['on-ink', 'ink'], ['on-ink', 'ink-hover']]
const EDGES = ['line-strong', 'jade-strong', 'vermilion-strong'].map((edge) => [edge, 'surface'])

describe.each([
  ['light', colours(light)],
  ['dark', new Map([...colours(light), ...colours(dark)])],
])('%s', (_, palette) => {
  const of = (name = '') => palette.get(name) ?? ''

  test.each([...TEXTS, ...OWN_GROUND, ...ON_INK, ['ink', 'jade-soft'], ['ink', 'vermilion-soft'], ['ink-2', 'jade-soft'], ['ink', 'bar'], ['ink-2', 'bar']])('%s can be read on %s', (text, ground) => {
    expect(contrast(of(text), of(ground))).toBeGreaterThanOrEqual(4.5)
  })

  test.each(EDGES)('the edge %s can be seen on %s', (edge, ground) => {
    expect(contrast(of(edge), of(ground))).toBeGreaterThanOrEqual(3)
  })
})
