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

const flush = (ms = 0) => vi.advanceTimersByTimeAsync(ms)
const draft = () => viewer.answering.state.drafts.get('sv_1')
const filled = () => [...(draft()?.answers.values() ?? [])]
const mine = () => viewer.answering.state.mine.get('sv_1')
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

describe('what is filled in', () => {
  test('is saved on the server a second later, once, and whole', async () => {
    come()
    viewer.answering.change('sv_1', first)
    await flush(500)
    viewer.answering.change('sv_1', second)
    expect(draft()?.saving).toBe('saving')
    await flush(600)
    expect(server.all('save_draft')).toEqual([])
    await flush(600)
    expect(server.all('save_draft')).toMatchObject([{ survey: 'sv_1', answers: [first, second] }])
    server.accept('save_draft')
    await flush()

    expect(draft()?.saving).toBe('saved')
    expect(kept()).toEqual([])
  })

  test('is on this device until the server has it', async () => {
    come()
    viewer.answering.change('sv_1', first)
    viewer.stop()
    openPage()
    come()
    expect(filled()).toEqual([first])
    await flush(1_200)

    expect(server.last('save_draft')).toMatchObject({ answers: [first] })
  })

  test('what changed while a save was on its way is saved after it', async () => {
    come()
    viewer.answering.change('sv_1', first)
    await flush(1_200)
    viewer.answering.change('sv_1', second)
    await flush(1_200)
    expect(server.all('save_draft')).toHaveLength(1)
    server.accept('save_draft')
    await flush(1_200)

    expect(server.all('save_draft')).toHaveLength(2)
    expect(server.last('save_draft')).toMatchObject({ answers: [first, second] })
  })

  test('an emptied answer is gone from the next save', async () => {
    come({}, [saved([first, second])])
    viewer.answering.change('sv_1', { question: 'qn_2', text: '' })
    await flush(1_200)

    expect(filled()).toEqual([first])
    expect(server.last('save_draft')['answers']).toEqual([first])
  })

  test('on another phone appears here, but not over what is being changed here', () => {
    come()
    viewer.answering.change('sv_1', second)
    server.now.hear({ op: 'own', mine: [saved([first, { question: 'qn_2', text: 'older' }])] })

    expect(filled()).toEqual([first, second])
  })

  test('news from before a save does not bring the old text back', async () => {
    come({}, [saved([{ question: 'qn_2', text: 'be' }])])
    viewer.answering.change('sv_1', second)
    await flush(1_200)
    server.accept('save_draft')
    await flush()
    server.now.hear({ op: 'own', mine: [saved([{ question: 'qn_2', text: 'be' }])] })
    expect(filled()).toEqual([second])
    server.now.hear({ op: 'own', mine: [saved([second])] })
    await flush(6_000)

    expect(filled()).toEqual([second])
  })

  test('nothing of an anonymous survey is sent before it is submitted, and nothing is kept after', async () => {
    come({ anonymous: true })
    viewer.answering.change('sv_1', first)
    await flush(5_000)
    expect(server.all('save_draft')).toEqual([])
    expect(draft()?.saving).toBe('here')
    viewer.answering.submit('sv_1')
    server.accept('answer')
    await flush()

    expect(mine()).toMatchObject({ submitted: true, answers: [] })
    expect(kept()).toEqual([])
  })

  test('a refused save is not repeated for ever; the answers stay here', async () => {
    come()
    viewer.answering.change('sv_1', first)
    await flush(1_200)
    server.refuse('save_draft', 'answer_too_long')
    await flush(20_000)

    expect(server.all('save_draft')).toHaveLength(1)
    expect(draft()).toMatchObject({ saving: 'here' })
    expect(filled()).toEqual([first])
  })

  test('is forgotten when the survey closes or is withdrawn', () => {
    come()
    viewer.answering.change('sv_1', first)
    server.now.hear({ op: 'publication', channel: 'session', position: 5, previous: 4, kind: 'survey.withdrawn', at: '', survey: survey({ state: 'withdrawn' }) })

    expect(draft()).toBeUndefined()
    expect(kept()).toEqual([])
  })
})
