import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createI18n } from 'vue-i18n'
import { saidOf } from '@/console/fault_words'
import enConsole from './en/console'
import enProof from './en/proof'
import enScreen from './en/screen'
import enViewer from './en/viewer'
import type { Messages } from './shape'
import zhConsole from './zh-CN/console'
import zhProof from './zh-CN/proof'
import zhScreen from './zh-CN/screen'
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
  ['proof', zhProof, enProof],
  ['screen', zhScreen, enScreen],
])('both languages have the same words for the %s', (_, zh, en) => {
  expect(keysOf(en)).toEqual(keysOf(zh))
})

test('every key a page asks for exists', () => {
  const known = new Set([...keysOf(zhViewer), ...keysOf(zhConsole), ...keysOf(zhProof), ...keysOf(zhScreen)])
  const asked = sources().flatMap((text) => Array.from(text.matchAll(/\bt\('([\w.]+)'/g), ([, key = '']) => key))

  expect(asked.length).toBeGreaterThan(100)
  expect(asked.filter((key) => !known.has(key))).toEqual([])
})

test('whatever the server has against an imported file has words', () => {
  const known = new Set(keysOf(zhConsole))
  const modules = ['interactions/survey/draft_rules', 'interactions/question_bank/rules', 'kernel/text', 'pictures/queries']
  const source = modules.map((name) => readFileSync(new URL(`../../src/turnout/${name}.py`, SOURCE), 'utf8')).join('\n')
  const raised = Array.from(source.matchAll(/raise InvalidInput\((.+), field=/g), ([, texts = '']) => texts)
  const messages = raised.flatMap((texts) => Array.from(texts.matchAll(/"([^"]+)"/g), ([, message = '']) => message.replaceAll(/\{[^}]+\}/g, '1')))

  expect(messages.length).toBeGreaterThan(25)
  expect(messages.filter((message) => !known.has(saidOf(message).key))).toEqual([])
})

/** Codes no page of ours can meet: of the client library, of a vendor's interface, of lines, and of addresses asked in another way than ours. */
const NEVER_MET = ['callback_being_handled', 'method_not_allowed', 'no_such_line', 'not_a_callback', 'too_many_answers', 'too_many_connections', 'unreadable_callback', 'unsupported_callback', 'wrong_signature']

test('every error of the server has words', () => {
  const known = new Set(keysOf(zhConsole))
  const folder = new URL('../../../src/turnout/', import.meta.url)
  const files = (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith('.py'))
  const codes = files.flatMap((name) => Array.from(readFileSync(new URL(name, folder), 'utf8').matchAll(/^ {4}code(?:: [\w[\]]+)? = "(\w+)"$/gm), ([, code = '']) => code))

  expect(codes.length).toBeGreaterThan(60)
  expect(codes.filter((code) => !known.has(`errors.${code}`) && !NEVER_MET.includes(code))).toEqual([])
})

test('every word is asked for somewhere', () => {
  const text = sources().join('\n')
  // errors, states and the like are asked for by what the server says
  const byWhatTheServerSays = /^(chains|errors|dialects|desk\.(closes|running|prepared|over|openIt|closeIt|publishIt)|guide\.examples|results\.sorts|card\.state|live\.closedBy|live\.tabs|live\.(open|close|publish|views)|live\.(settle|withdraw)(Ask)?$|kinds|types|viewer\.(headlines|verdicts|placeholders|refused)\.|entry\.(ways|hints)|people\.roles|bank\.(codes|said)|form\.(new|titles|kindHints|ways|verify|problems)|deliveries\.(states|kinds|outcomes|due|waiting|times)|endpoints\.(states|tabs|dialectHints|orderings|switches|switchHints|overlaps)|notices\.mail|stream\.trouble|looks\.(adapted|light|dark)|proof\.(stages|verdicts|meanings|names|states|passed|shown|seed|faults|standings)|part\.(rollingAt|who|name|phone|address)|checkin\.(expects|late|lateHints|states|filters)|account\.tabs|roles|roleHints|members\.linkStates|audit\.(days|kinds|facts|ways)|draw\.(types|customs|fields|who|whoHints|entropy|chains|entropyHints|problems|states|about))/
  const unused = [...new Set([...keysOf(zhViewer), ...keysOf(zhConsole), ...keysOf(zhProof), ...keysOf(zhScreen)])].filter((key) => !byWhatTheServerSays.test(key) && !text.includes(`'${key}'`))

  expect(unused).toEqual([])
})

test.each([
  ['viewer, zh', zhViewer],
  ['viewer, en', enViewer],
  ['console, zh', zhConsole],
  ['console, en', enConsole],
  ['proof, zh', zhProof],
  ['proof, en', enProof],
  ['screen, zh', zhScreen],
  ['screen, en', enScreen],
])('every text can be compiled: %s', (_, words) => {
  const { t } = createI18n({ legacy: false, locale: 'en', missingWarn: false, messages: { en: words } }).global

  for (const key of keysOf(words)) expect(t(key, { n: 2 }, 2)).not.toBe('')
})
