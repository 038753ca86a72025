import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createI18n } from 'vue-i18n'
import enConsole from './en/console'
import enViewer from './en/viewer'
import type { Messages } from './shape'
import zhConsole from './zh-CN/console'
import zhViewer from './zh-CN/viewer'

const SOURCE = new URL('../', import.meta.url)

function keysOf(words: Messages, path = ''): string[] {
  return Object.entries(words).flatMap(([key, value]) => (typeof value === 'string' ? [path + key] : keysOf(value, `${path}${key}.`)))
}

function sources(): string[] {
  const names = readdirSync(SOURCE, { recursive: true }) as string[]
  return names.filter((name) => /\.(vue|ts)$/.test(name) && !/\.test\.ts$|schema\.ts$/.test(name)).map((name) => readFileSync(new URL(name, SOURCE), 'utf8'))
}

test.each([
  ['viewer', zhViewer, enViewer],
  ['console', zhConsole, enConsole],
])('both languages have the same words for the %s', (_, zh, en) => {
  expect(keysOf(en)).toEqual(keysOf(zh))
})

test('every key a page asks for exists', () => {
  const known = new Set([...keysOf(zhViewer), ...keysOf(zhConsole)])
  const asked = sources().flatMap((text) => Array.from(text.matchAll(/\bt\('([\w.]+)'/g), ([, key = '']) => key))

  expect(asked.length).toBeGreaterThan(100)
  expect(asked.filter((key) => !known.has(key))).toEqual([])
})

test('every word is asked for somewhere', () => {
  const text = sources().join('\n')
  // errors, states and the like are asked for by what the server says
  const byWhatTheServerSays = /^(errors|dialects|card\.state|live\.closedBy|live\.tabs|live\.(open|close|publish|views)|live\.(settle|withdraw)(Ask)?$|kinds|types|viewer\.(headlines|verdicts|placeholders|refused)\.|entry\.(ways|hints)|people\.roles|bank\.codes|form\.(new|titles|kindHints|ways|verify|problems)|deliveries\.(states|kinds|outcomes|due|waiting))/
  const unused = [...new Set([...keysOf(zhViewer), ...keysOf(zhConsole)])].filter((key) => !byWhatTheServerSays.test(key) && !text.includes(`'${key}'`))

  expect(unused).toEqual([])
})

test.each([
  ['viewer, zh', zhViewer],
  ['viewer, en', enViewer],
  ['console, zh', zhConsole],
  ['console, en', enConsole],
])('every text can be compiled: %s', (_, words) => {
  const { t } = createI18n({ legacy: false, locale: 'en', missingWarn: false, messages: { en: words } }).global

  for (const key of keysOf(words)) expect(t(key, { n: 2 }, 2)).not.toBe('')
})
