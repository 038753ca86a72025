// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp, h, nextTick, shallowRef, type App } from 'vue'
import { chooseLanguage, i18n, loadWords } from '@/i18n'
import { peopleIn } from '../people_list'
import PersonField from './PersonField.vue'
import { MOST_FOUND, soughtAmongViewers, soughtInList, type Person } from './people_known'

const viewer = (id: string, name: string, external_id: string | null = null) => ({ id, name, external_id })
let app: App | null = null

beforeEach(async () => {
  vi.useFakeTimers()
  localStorage.clear()
  await loadWords('console')
  await chooseLanguage('en')
  document.body.innerHTML = '<div id="app"></div>'
})

afterEach(() => {
  app?.unmount()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const settled = async () => {
  await vi.advanceTimersByTimeAsync(300)
  await nextTick()
}
const input = () => document.querySelector('input') as HTMLInputElement
const options = () => Array.from(document.querySelectorAll('[role="option"]'), (option) => option.textContent)

function show(seek: (text: string) => Promise<readonly Person[]>): { readonly value: Person | null } {
  const person = shallowRef<Person | null>(null)
  const field = () => h(PersonField, { name: 'who', label: 'Search', wrong: false, seek, modelValue: person.value, 'onUpdate:modelValue': (chosen: Person | null) => (person.value = chosen) })
  app = createApp({ render: field }).use(i18n)
  app.mount('#app')
  return person
}

async function type(text: string): Promise<void> {
  input().value = text
  input().dispatchEvent(new Event('input'))
  await settled()
}

async function press(key: string): Promise<boolean> {
  const went = input().dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true, bubbles: true }))
  await nextTick()
  return went
}

test('people are sought by name and id, and one is chosen by keyboard without sending the form', async () => {
  const seek = vi.fn((text: string) => Promise.resolve(soughtInList(peopleIn('1001,Ada\n1002,Lin\n2001,Grace').people, text)))
  const person = show(seek)
  await press('ArrowDown')
  await settled()
  expect(options()).toEqual(['Ada1001', 'Lin1002', 'Grace2001'])

  await type('100')
  expect(options()).toEqual(['Ada1001', 'Lin1002'])
  await press('ArrowDown')
  expect(await press('Enter')).toBe(false)
  expect(person.value).toEqual({ externalId: '1002', name: 'Lin' })
  expect(document.querySelector('[data-testid="who-chosen"]')?.textContent).toContain('Lin1002')

  document.querySelector('button')?.click()
  await nextTick()
  expect(person.value).toBeNull()
  expect(document.activeElement).toBe(input())
})

test('keys of an input method, with which Chinese is typed, choose nobody', async () => {
  const person = show((text) => Promise.resolve(soughtInList(peopleIn('1001,Ada\n1002,Lin').people, text)))
  await type('100')
  const compose = (key: string) => input().dispatchEvent(new KeyboardEvent('keydown', { key, isComposing: true, cancelable: true, bubbles: true }))

  expect(compose('ArrowDown')).toBe(true)
  expect(compose('Enter')).toBe(true)
  expect(person.value).toBeNull()
})

test('what was typed since wins over an answer that comes late', async () => {
  const answers = new Map<string, (found: Person[]) => void>()
  show((text) => new Promise((resolve) => answers.set(text, resolve)))
  await type('A')
  await type('Ad')
  answers.get('Ad')?.([{ viewer: 'vw_1', name: 'Ada' }])
  answers.get('A')?.([{ viewer: 'vw_2', name: 'Abel' }])
  await settled()

  expect(options()).toEqual(['Adavw_1'])
})

test('while the answer is awaited only who fits what was typed can be pressed', async () => {
  const answers = new Map<string, (found: Person[]) => void>()
  const person = show((text) => new Promise((resolve) => answers.set(text, resolve)))
  await press('ArrowDown')
  answers.get('')?.([{ viewer: 'vw_1', name: 'Ada' }, { viewer: 'vw_2', name: 'Lin' }])
  await settled()
  expect(options()).toHaveLength(2)

  await type('li')
  expect(options()).toEqual(['Linvw_2'])
  await press('Enter')
  expect(person.value).toBeNull()
  await type('x')
  expect(options()).toEqual([])
  expect(document.querySelector('[role="status"]')?.textContent).toBe('Loading…')
})

test('that nobody was found, and that nobody could be asked, is said', async () => {
  let fails = false
  show(() => (fails ? Promise.reject(new Error('away')) : Promise.resolve([])))
  await type('x')
  expect(document.querySelector('[role="status"]')?.textContent).toBe('Nobody found.')
  fails = true
  await type('xy')
  expect(document.querySelector('[role="status"]')?.textContent).not.toBe('Nobody found.')
})

test('viewers come from the live session; a text that is nobody there may be an id of one who is still to come', async () => {
  vi.stubGlobal('fetch', vi.fn(() => Promise.resolve(Response.json({ viewers: [viewer('vw_1', 'Ada', '1001'), viewer('vw_2', 'Ada')], online: 2, total: 2, next: null }))))

  expect(await soughtAmongViewers('ls_1', 'Ada')).toEqual([{ viewer: 'vw_1', name: 'Ada', externalId: '1001' }, { viewer: 'vw_2', name: 'Ada' }, { externalId: 'Ada', name: '' }])
  expect(await soughtAmongViewers('ls_1', ' 1001 ')).toHaveLength(2)
  expect(await soughtAmongViewers('ls_1', 'vw_9')).toEqual([{ viewer: 'vw_9', name: '' }])
})

test('of a long list only the first are shown', () => {
  const list = peopleIn(Array.from({ length: 5_000 }, (_, at) => `${at}`).join('\n')).people

  expect(soughtInList(list, '')).toHaveLength(MOST_FOUND)
  expect(soughtInList(list, '4999')).toEqual([{ externalId: '4999', name: '' }])
})
