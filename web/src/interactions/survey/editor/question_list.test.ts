// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApp, h, nextTick, ref, type App } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { chooseLanguage, i18n, loadWords } from '@/i18n'
import QuestionList from './QuestionList.vue'
import { addQuestion, blankSurvey, type SurveyForm } from './survey_form'

const WORDS = { yes: 'Yes', no: 'No' }
const form = ref<SurveyForm>(blankSurvey('exam', 'An exam', WORDS))
const open = ref(0)
let app: App

beforeEach(async () => {
  await loadWords('console')
  await chooseLanguage('en')
  let exam = blankSurvey('exam', 'An exam', WORDS)
  for (let more = 0; more < 2; more += 1) exam = addQuestion(exam, 'choice', WORDS)
  form.value = exam
  document.body.innerHTML = '<div id="app"></div>'
  const models = () => ({ modelValue: form.value, 'onUpdate:modelValue': (now: SurveyForm) => (form.value = now), open: open.value, 'onUpdate:open': (now: number) => (open.value = now) })
  app = createApp({ render: () => h(QuestionList, { ...models(), problems: new Map() }) }).use(i18n).use(createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: { render: () => null } }] }))
  app.mount('#app')
})

afterEach(() => app.unmount())

/** Presses it by the keyboard; the name of what has the keyboard then. */
async function press(name: string): Promise<string | null | undefined> {
  const button = document.querySelector<HTMLElement>(`[aria-label="${name}"]`)
  button?.focus()
  button?.click()
  await nextTick()
  await nextTick()
  return document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.tagName
}

test('the keyboard stays with a question that is moved past the open one', async () => {
  open.value = 1
  await nextTick()
  const [moved] = form.value.questions

  expect(await press('Move 1 down')).toBe('Move 2 down')
  expect(open.value).toBe(0)
  expect(await press('Move 2 down')).toBe('Move 3 up')
  expect(form.value.questions[2]).toEqual(moved)
})

test('the keyboard goes on at the line after a removed one, and the last time at what is left', async () => {
  open.value = 0

  expect(await press('Remove question 1')).toBe('Remove question 1')
  expect(await press('Remove question 2')).toBe('BUTTON')
  expect(document.activeElement?.className).toBe('head')
})

test('the keyboard goes on at the option after a removed one', async () => {
  open.value = 0
  await nextTick()
  document.querySelector<HTMLElement>('[data-testid="q0-add-option"]')?.click()
  await nextTick()
  document.querySelector<HTMLElement>('[data-testid="q0-add-option"]')?.click()
  await nextTick()

  expect(await press('Remove option C')).toBe('Remove option C')
  expect(await press('Remove option C')).toBe('Option B')
})
