// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createApp, nextTick, type App } from 'vue'
import { chooseLanguage, i18n, loadWords } from '@/i18n'
import { FakeServer } from '@/live/fake_server'
import type { Survey } from '@/live/protocol'
import { aCheckIn, aDraw, anAnnouncement, aQuestion, aSnapshot, aSurvey } from '@/live/samples'
import ViewerPage from './ViewerPage.vue'

const card = aSurvey()

let server: FakeServer
let app: App

beforeEach(async () => {
  localStorage.clear()
  sessionStorage.clear()
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
  await import('./ViewerRoom.vue')
  await settle()
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

const spoken = () => document.querySelector('[aria-live=polite]')?.textContent

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
  expect(server.last('answer')).toMatchObject({ survey: 'sv_1', answers: [{ question: 'qn_1', choices: [1] }] })
  expect(() => find('answer-saved')).toThrow('there is no answer-saved')

  find('submit-answer').focus()
  server.now.hear({ op: 'accepted', id: server.last('answer').id })
  await settle()

  expect(find('answer-saved').textContent).toContain('Answer submitted')
  expect(document.activeElement).toBe(find('answer-saved'))
  expect(spoken()).toBe('Answer submitted: Question 1')
})

test('the next live session is not announced as an end', async () => {
  await enter()
  server.admit()
  await nextTick()
  const ended = { ...aSnapshot().live_session, state: 'ended' } as const
  server.now.hear({ op: 'publication', channel: 'session', position: 5, previous: 4, kind: 'live_session.ended', at: '', live_session: ended })
  await nextTick()
  expect(spoken()).toBe('This live session has ended.')
  server.now.drop()
  await vi.waitFor(() => expect(server.sockets).toHaveLength(2), 3_000)
  server.letIn({ snapshot: aSnapshot({ epoch: 'e2', surveys: [card] }) })
  await nextTick()

  expect(spoken()).toBe('New question: Question 1')
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
  server.admit({ snapshot: aSnapshot({ surveys: [over] }), mine: [{ survey: 'sv_1', submitted: true, answers: [{ question: 'qn_1', choices: [0] }], answered_at: null }] })
  await nextTick()

  expect(find('result').querySelector('[data-outcome]')?.getAttribute('data-outcome')).toBe('wrong')
  expect(find('result').textContent).toMatch(/Your choice[\s\S]*Right answer/)
})

test('a new theme shows at the door, with what is typed left alone', async () => {
  server.refuse('enter', 'name_required')
  const field = find('viewer-name') as HTMLInputElement
  field.value = 'Li'
  field.dispatchEvent(new Event('input'))
  server.now.hear({ op: 'theme', theme: { name: 'Acme', accent: '#0a6e54', logo: null }, next: null })
  await nextTick()

  expect(document.querySelector('header')?.textContent).toContain('Acme')
  expect(document.documentElement.style.getPropertyValue('--theme-accent-light')).toMatch(/^#/)
  expect([find('viewer-name'), field.value]).toEqual([field, 'Li'])
})

test('a passcode is asked for under the name, and a wrong one is said there', async () => {
  server.refuse('enter', 'passcode_required')
  await nextTick()
  for (const [id, value] of [['viewer-name', 'Lin'], ['viewer-passcode', '1234']] as const) {
    const field = find(id) as HTMLInputElement
    field.value = value
    field.dispatchEvent(new Event('input'))
  }
  await nextTick()
  find('enter-room').closest('form')?.dispatchEvent(new Event('submit'))
  expect(server.last('enter')).toMatchObject({ name: 'Lin', passcode: '1234' })
  server.refuse('enter', 'wrong_passcode')
  await nextTick()

  expect(find('viewer-passcode').getAttribute('aria-invalid')).toBe('true')
  expect(find('viewer-page').textContent).toContain('That is not the passcode')
})

test('who was asked to leave reads it in kind words, and can try again once the live session is over', async () => {
  await enter()
  server.admit()
  server.now.drop(4003, 'kicked')
  await nextTick()

  expect(find('entry-refused').textContent).toContain('You were asked to leave')
  expect(find('entry-refused').querySelector('button')?.textContent).toContain('Try again')
})

test('a result that comes while something else is open stands there until it is put away', async () => {
  const form: Survey = aSurvey({ id: 'sv_2', title: 'All day', questions: [aQuestion({ id: 'qn_2', type: 'free_form', options: [] })] })
  await enter()
  server.admit({ snapshot: aSnapshot({ surveys: [card, form] }) })
  await nextTick()
  const words = find('words') as HTMLTextAreaElement
  words.value = 'half a sen'
  words.dispatchEvent(new Event('input'))
  words.focus()
  await nextTick()
  const questions = card.questions.map((question) => ({ ...question, right_options: [1], counts: [1, 3], answered: 4, right: 3 }))
  const over: Survey = { ...card, state: 'closed', published: true, closed_by: 'time_limit', questions }
  server.now.hear({ op: 'publication', channel: 'session', position: 5, previous: 4, kind: 'survey.closed', at: '', survey: over })
  await nextTick()

  expect(find('result').textContent).toContain('75%')
  expect(find('words')).toBe(words)
  expect([document.activeElement, words.value]).toEqual([words, 'half a sen'])

  find('put-away').click()
  await settle()
  await vi.waitFor(() => expect(() => find('result')).toThrow('there is no result'))
  expect(find('earlier-cards').textContent).toContain('Earlier questions')
  expect(document.activeElement).toBe(find('earlier-cards').querySelector('summary'))
})

test('a survey that is withdrawn disappears, and the page says so', async () => {
  await enter()
  server.admit({ snapshot: aSnapshot({ surveys: [card] }) })
  await nextTick()
  server.now.hear({ op: 'publication', channel: 'session', position: 5, previous: 4, kind: 'survey.withdrawn', at: '', survey: { ...card, state: 'withdrawn' } })
  await nextTick()

  expect(find('waiting-room')).toBeTruthy()
  await vi.waitFor(() => expect(() => find('card-open')).toThrow('there is no card-open'))
  expect(find('withdrawn').textContent).toContain('The host has withdrawn “Question 1”.')
  expect(spoken()).toBe(find('withdrawn').textContent)

  find('put-away').click()
  await vi.waitFor(() => expect(() => find('withdrawn')).toThrow('there is no withdrawn'))
})

test.each([
  ['a check-in', { checkins: [aCheckIn()] }, 'check-in', 'check_in', 'checked-in'],
  ['a draw', { draws: [aDraw()] }, 'enter-draw', 'enter_draw', 'in-draw'],
])('whoever takes part in %s by keyboard goes on where it says so', async (_, change, button, op, said) => {
  await enter()
  server.admit({ snapshot: aSnapshot(change) })
  await nextTick()
  find(button).focus()
  find(button).click()
  await nextTick()
  server.accept(op)
  await settle()

  expect(document.activeElement).toBe(find(said))
})

describe('what the host tells everybody', () => {
  let position = 4

  async function hear(change: object): Promise<void> {
    position += 1
    server.now.hear({ op: 'publication', channel: 'session', position, previous: position - 1, kind: 'x', at: '', ...change } as never)
    await nextTick()
  }

  const announced = (id: string, withdrawn_at: string | null = null) => hear({ announcement: { id, text: withdrawn_at ? '' : id, made_at: '2026-01-05T08:00:00.000000Z', withdrawn_at } })
  const place = () => document.querySelector<HTMLElement>('.place')

  beforeEach(async () => {
    position = 4
    vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(72)
    await enter()
  })

  test('lies at the foot of the screen while a question is open, and takes a place of its own after it', async () => {
    server.admit({ snapshot: aSnapshot({ surveys: [card] }) })
    await nextTick()
    await announced('an_1')
    expect(place()?.className).toContain('floats')
    await hear({ survey: { ...card, state: 'closed', version: 9 } })

    expect(place()?.className).toBe('place empty')
    expect(place()?.style.height).toBe('')
  })

  test('stands at the head of the page for who comes later', async () => {
    server.admit({ snapshot: aSnapshot({ announcements: [anAnnouncement()] }) })
    await nextTick()
    expect(place()?.className).toBe('place empty')
    await announced('an_2')

    expect(place()?.className).toBe('place sticks empty')
  })

  test('keeps its place while a question is open, whatever becomes of it', async () => {
    server.admit({ snapshot: aSnapshot() })
    await nextTick()
    await announced('an_1')
    expect(place()?.className).not.toContain('floats')
    await hear({ survey: card })
    await announced('an_2')
    expect([place()?.className.includes('floats'), place()?.style.height]).toEqual([true, '72px'])
    await announced('an_2', '2026-01-05T08:02:00.000000Z')
    await announced('an_1', '2026-01-05T08:02:00.000000Z')
    expect(document.querySelector('[data-testid=announcement]')).toBeNull()
    expect(place()?.style.height).toBe('72px')
    await hear({ survey: { ...card, state: 'closed', version: 9 } })

    expect(place()).toBeNull()
  })

  test('moves who puts it away', async () => {
    server.admit({ snapshot: aSnapshot() })
    await nextTick()
    await announced('an_1')
    await hear({ survey: card })
    find('put-away').click()
    await settle()

    expect(place()).toBeNull()
  })
})
