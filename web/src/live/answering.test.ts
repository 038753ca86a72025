// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { BrowserEntryStore } from './entry_store'
import { FakeServer } from './fake_server'
import type { Own, Survey } from './protocol'
import { aQuestion, aSnapshot, aSurvey } from './samples'
import { ViewerLive } from './viewer_live'

let server: FakeServer
let viewer: ViewerLive

const survey = (change: Partial<Survey> = {}): Survey =>
  aSurvey({ kind: 'questionnaire', questions: [aQuestion(), aQuestion({ id: 'qn_2', type: 'free_form', options: [] })], ...change })
const saved = (answers: Own['answers'], submitted = false): Own => ({ survey: 'sv_1', submitted, answers, answered_at: null })

function openPage(): void {
  viewer = new ViewerLive('abcd2345', null, null, new BrowserEntryStore(), server.line, () => 0.5)
  viewer.start()
}

function come(change: Partial<Survey> = {}, mine: Own[] = []): void {
  server.letIn({ snapshot: aSnapshot({ surveys: [survey(change)] }), mine })
}

/** Closed and opened again, as after a crash of the browser. */
function reopen(change: Partial<Survey> = {}, mine: Own[] = []): void {
  viewer.stop()
  openPage()
  come(change, mine)
}

const flush = (ms = 0) => vi.advanceTimersByTimeAsync(ms)
const draft = () => viewer.answering.state.drafts.get('sv_1')
const filled = () => [...(draft()?.answers.values() ?? [])]
const mine = () => viewer.answering.state.mine.get('sv_1')
const sending = () => viewer.answering.state.sending.get('sv_1')
const kept = () => Object.keys(localStorage).filter((key) => /\.(pending|changes)\./.test(key))
const first = { question: 'qn_1', choices: [1] }
const second = { question: 'qn_2', text: 'because' }

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  new BrowserEntryStore().save('abcd2345', { name: 'Lin', token: 'token-1' })
  server = new FakeServer()
  openPage()
})

afterEach(() => {
  viewer.stop()
  vi.useRealTimers()
})

describe('submitting', () => {
  test('counts only after the acknowledgement', async () => {
    come()
    viewer.answering.change('sv_1', first)
    viewer.answering.submit('sv_1')
    expect(server.last('answer')).toMatchObject({ survey: 'sv_1', answers: [first] })
    expect(sending()).toEqual({ answers: [first], refusal: null })
    expect(mine()).toBeUndefined()
    server.accept('answer')
    await flush()

    expect(sending()).toBeUndefined()
    expect(mine()).toMatchObject({ submitted: true, answers: [first] })
    expect(draft()).toBeUndefined()
    expect(kept()).toEqual([])
  })

  test('all answers go at once, without those that say nothing', () => {
    come()
    viewer.answering.change('sv_1', first)
    viewer.answering.change('sv_1', { question: 'qn_2', text: '  ' })
    viewer.answering.submit('sv_1')

    expect(server.last('answer')['answers']).toEqual([first])
  })

  test('a refusal is kept for the viewer to read, the answers stay, and the next change takes it away', async () => {
    come()
    viewer.answering.change('sv_1', first)
    viewer.answering.submit('sv_1')
    server.refuse('answer', 'answer_required', { field: 'questions[1]' })
    await flush()
    expect(sending()?.refusal).toMatchObject({ code: 'answer_required', field: 'questions[1]' })
    expect(filled()).toEqual([first])
    viewer.answering.change('sv_1', second)

    expect(sending()).toBeUndefined()
    expect(filled()).toEqual([first, second])
  })

  test('one without an acknowledgement survives a closed tab, under its id', async () => {
    come()
    viewer.answering.change('sv_1', first)
    viewer.answering.submit('sv_1')
    const sent = server.last('answer')
    reopen()
    expect(server.last('answer')).toEqual(sent)
    expect(sending()?.refusal).toBeNull()
    server.accept('answer')
    await flush()
    reopen({}, [saved([first], true)])

    expect(server.all('answer')).toEqual([])
  })

  test('one made without a connection waits for the next visit', () => {
    come()
    server.now.drop()
    viewer.answering.change('sv_1', first)
    viewer.answering.submit('sv_1')
    reopen()

    expect(server.last('answer')).toMatchObject({ answers: [first] })
  })

  test('one the server has already is not sent again', () => {
    come()
    viewer.answering.change('sv_1', first)
    viewer.answering.submit('sv_1')
    reopen({}, [saved([first], true)])

    expect(server.all('answer')).toEqual([])
    expect(mine()?.answers).toEqual([first])
    expect(kept()).toEqual([])
  })

  test('what was answered on another device is fetched', async () => {
    come()
    viewer.answering.change('sv_1', first)
    viewer.answering.submit('sv_1')
    server.refuse('answer', 'already_answered')
    await flush()
    server.now.hear({ op: 'own', id: server.last('read_own').id, mine: [saved([second], true)] })
    await flush()

    expect(mine()?.answers).toEqual([second])
    expect(sending()).toBeUndefined()
  })

  test('another person on the same device sends and sees nothing of it', () => {
    come()
    viewer.answering.change('sv_1', first)
    viewer.answering.submit('sv_1')
    viewer.stop()
    openPage()
    server.letIn({ snapshot: aSnapshot({ surveys: [survey()] }), viewer: { id: 'vw_2', name: 'Ada', role: 'attendee' } })

    expect(server.all('answer')).toEqual([])
    expect(filled()).toEqual([])
    expect(kept()).toEqual([])
  })
})

describe('another tab or phone of the same viewer', () => {
  test('submits: this one shows it, and what it was filling in is gone', () => {
    come()
    viewer.answering.change('sv_1', first)
    server.now.hear({ op: 'own', mine: [saved([second], true)] })

    expect(mine()).toMatchObject({ submitted: true, answers: [second] })
    expect(draft()).toBeUndefined()
    expect(kept()).toEqual([])
  })

  test('news of a save that comes after the submission changes nothing', () => {
    come({}, [saved([first], true)])
    server.now.hear({ op: 'own', mine: [saved([second])] })

    expect(mine()).toMatchObject({ submitted: true, answers: [first] })
  })
})

describe('a survey that can be answered anew', () => {
  test('starts from what was submitted, and nothing is sent before it is submitted again', async () => {
    come({ changeable: true }, [saved([first, second], true)])
    viewer.answering.change('sv_1', { question: 'qn_1', choices: [0] })
    await flush(3_000)
    expect(server.all('save_draft')).toEqual([])
    expect(filled()).toEqual([{ question: 'qn_1', choices: [0] }, second])
    viewer.answering.submit('sv_1')
    expect(server.last('answer')['answers']).toEqual([{ question: 'qn_1', choices: [0] }, second])
    expect(mine()?.answers).toEqual([first, second])
    server.accept('answer')
    await flush()

    expect(mine()?.answers).toEqual([{ question: 'qn_1', choices: [0] }, second])
  })

  test('an answer on its way is sent again after a reload although an earlier one counts', () => {
    come({ changeable: true }, [saved([first], true)])
    viewer.answering.change('sv_1', second)
    viewer.answering.submit('sv_1')
    const { id } = server.last('answer')
    reopen({ changeable: true }, [saved([first], true)])

    expect(server.last('answer').id).toBe(id)
  })
})
