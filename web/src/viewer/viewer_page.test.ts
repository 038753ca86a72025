// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp, nextTick, type App } from 'vue'
import { chooseLanguage, i18n, loadWords } from '@/i18n'
import { aSnapshot, FakeServer } from '@/live/fake_server'
import type { Survey } from '@/live/protocol'
import ViewerPage from './ViewerPage.vue'

const card: Survey = {
  id: 'sv_1',
  kind: 'answer_card',
  title: 'Question 1',
  state: 'open',
  published: false,
  opened_at: '2026-01-05T08:00:00.000000Z',
  closes_at: null,
  closed_at: null,
  closed_by: null,
  answered: 0,
  version: 0,
  questions: [{ id: 'qn_1', type: 'choice', title: 'Which?', multiple: false, score: 1, options: ['one', 'two'] }],
}

let server: FakeServer
let app: App

beforeEach(async () => {
  localStorage.clear()
  server = new FakeServer()
  const { connect } = server
  // an arrow function could not be called with new
  function Socket(): WebSocket {
    return connect()
  }
  vi.stubGlobal('WebSocket', Object.assign(Socket, { CONNECTING: 0, OPEN: 1, CLOSED: 3 }))
  await loadWords('viewer')
  await chooseLanguage('en')
  document.body.innerHTML = '<div id="app"></div>'
  app = createApp(ViewerPage, { code: 'abcd2345' }).use(i18n)
  app.mount('#app')
  server.now.open()
})

afterEach(() => {
  app.unmount()
  vi.unstubAllGlobals()
})

function find(testId: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-testid="${testId}"]`)
  if (!found) throw new Error(`there is no ${testId}`)
  return found
}

async function enter(): Promise<void> {
  server.refuse('enter', 'name_required')
  const field = find('viewer-name') as HTMLInputElement
  field.value = ' Lin '
  field.dispatchEvent(new Event('input'))
  await nextTick()
  find('enter-room').closest('form')?.dispatchEvent(new Event('submit'))
  await nextTick()
}

async function answer(option: number): Promise<void> {
  find(`option-${option}`).dispatchEvent(new Event('change'))
  await nextTick()
  find('submit-answer').closest('form')?.dispatchEvent(new Event('submit'))
  await nextTick()
}

const settle = () => new Promise((resolve) => setTimeout(resolve))

test('a person enters by name and sees the open card', async () => {
  await enter()
  expect(server.last('enter')).toMatchObject({ room: 'abcd2345', name: 'Lin' })

  server.admit({ snapshot: aSnapshot({ surveys: [card] }) })
  await nextTick()

  expect(find('card-open').textContent).toContain('Which?')
})

test('an answer says saved only after the server has acknowledged it', async () => {
  await enter()
  server.admit({ snapshot: aSnapshot({ surveys: [card] }) })
  await nextTick()
  await answer(1)
  expect(server.last('answer')).toMatchObject({ question: 'qn_1', choices: [1] })
  expect(() => find('answer-saved')).toThrow('there is no answer-saved')

  server.now.hear({ op: 'accepted', id: server.last('answer').id })
  await settle()

  expect(find('answer-saved').textContent).toContain('Answer saved')
})

test('a refusal is said in words', async () => {
  await enter()
  server.admit({ snapshot: aSnapshot({ surveys: [card] }) })
  await nextTick()
  await answer(0)
  server.refuse('answer', 'too_late')
  await settle()

  expect(find('answer-refused').textContent).toContain('Too late')
})

test('the result shows what was right beside the own choice', async () => {
  await enter()
  const questions = card.questions.map((question) => ({ ...question, right_options: [1], counts: [1, 3], answered: 4, right: 3 }))
  const over: Survey = { ...card, state: 'closed', published: true, answered: 4, version: 5, questions }
  server.admit({ snapshot: aSnapshot({ surveys: [over] }), mine: [{ question: 'qn_1', choices: [0] }] })
  await nextTick()

  expect(find('result').querySelector('[data-outcome]')?.getAttribute('data-outcome')).toBe('wrong')
  expect(find('result').textContent).toMatch(/Your choice[\s\S]*Right answer/)
})
