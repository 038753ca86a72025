import { beforeEach, expect, test, vi } from 'vitest'
import { effectScope, shallowRef, type EffectScope } from 'vue'
import { ApiError } from '@/api/call'
import { useWriting } from './writing'

const { mayLose, isUnsaved, message } = vi.hoisted(() => ({ mayLose: vi.fn(), isUnsaved: vi.fn(), message: vi.fn() }))
vi.mock('./unsaved', () => ({ useUnsaved: () => ({ settle: () => undefined, mayLose, isUnsaved }) }))
vi.mock('@/ui/words', () => ({ useErrorText: () => () => 'away' }))
vi.mock('element-plus', () => ({ ElMessage: message }))
vi.mock('element-plus/theme-chalk/el-message.css', () => ({}))

interface Form {
  title: string
}

let scope: EffectScope
let tab: ReturnType<typeof useWriting<Form>>

beforeEach(() => {
  mayLose.mockReset().mockResolvedValue(true)
  isUnsaved.mockReset().mockReturnValue(true)
  message.mockReset()
  scope = effectScope()
  const found = scope.run(() => useWriting<Form>(() => 'ls_1'))
  if (found) tab = found
})

test('what is written stays while the host looks at something else', () => {
  tab.begin(() => ({ title: '' }))
  if (tab.form.value) tab.form.value.title = 'Half'
  tab.leave()
  expect([tab.writing.value, tab.form.value?.title]).toEqual([false, 'Half'])
  tab.begin(() => ({ title: 'another' }))

  expect([tab.writing.value, tab.form.value?.title]).toEqual([true, 'Half'])
})

test('what was looked at and not changed is shown as it is then, when the host comes back', async () => {
  isUnsaved.mockReturnValue(false)
  await tab.edit('ci_1', () => ({ title: 'as it was' }))
  tab.leave()
  expect(tab.form.value).toBeNull()
  await tab.edit('ci_1', () => ({ title: 'as another has saved it' }))
  await tab.edit('ci_1', () => ({ title: 'and again' }))

  expect(tab.form.value?.title).toBe('and again')
})

test('another draft, and throwing it away, ask first', async () => {
  tab.begin(() => ({ title: 'Half' }))
  mayLose.mockResolvedValue(false)
  await tab.edit('ci_1', () => ({ title: 'other' }))
  await tab.discard()
  expect([tab.form.value?.title, tab.changed.value]).toEqual(['Half', null])
  mayLose.mockResolvedValue(true)
  await tab.edit('ci_1', () => ({ title: 'other' }))
  expect([tab.form.value?.title, tab.changed.value]).toEqual(['other', 'ci_1'])
  await tab.discard()

  expect([tab.form.value, tab.writing.value]).toEqual([null, false])
})

test('what was saved takes nothing away that was begun meanwhile', async () => {
  tab.begin(() => ({ title: 'first' }))
  const first = tab.saving()
  await tab.edit('ci_2', () => ({ title: 'second' }))
  first.keptAs('ci_1')
  expect(first.done('ci_1')).toBe(false)
  expect([tab.form.value?.title, tab.changed.value]).toEqual(['second', 'ci_2'])
  expect(tab.saving().done('ci_2')).toBe(true)

  expect([tab.form.value, tab.writing.value]).toEqual([null, false])
})

test('what was typed while it was saved stays, as the draft that it is now; where it was opened, there is nothing to go on with', async () => {
  for (const [draft, left] of [['ci_1', 'Halfway'], [null, undefined]] as const) {
    tab.begin(() => ({ title: 'Half' }))
    const saving = tab.saving()
    if (tab.form.value) tab.form.value.title = 'Halfway'
    expect(saving.done(draft)).toBe(draft === null)
    expect([tab.form.value?.title, tab.writing.value]).toEqual([left, draft !== null])
    if (draft !== null) expect(tab.changed.value).toBe(draft)
    await tab.discard()
  }
})

test('a draft that comes late, when something else was chosen, is not opened; one that cannot come is said', async () => {
  let answer: (form: Form) => void = () => undefined
  const late = tab.edit('ci_1', () => new Promise((resolve) => (answer = resolve)))
  await Promise.resolve()
  tab.leave()
  answer({ title: 'late' })
  await late
  expect([tab.form.value, tab.writing.value]).toEqual([null, false])
  await tab.edit('ci_1', () => Promise.reject(new Error('away')))

  expect(message).toHaveBeenCalledWith({ message: 'away', type: 'error' })
  expect(tab.writing.value).toBe(false)
})

test('a draft that another has opened meanwhile is no draft to change: the next try makes a new one', async () => {
  await tab.edit('ci_1', () => ({ title: 'mine' }))
  const refused = new ApiError(409, { code: 'not_a_draft', message: '' })
  await expect(tab.saving().edited(Promise.reject(new ApiError(409, { code: 'draft_changed', message: '' })))).rejects.toMatchObject({ refusal: { code: 'draft_changed' } })
  expect(tab.changed.value).toBe('ci_1')
  await expect(tab.saving().edited(Promise.reject(refused))).rejects.toBe(refused)

  expect([tab.form.value?.title, tab.changed.value]).toEqual(['mine', null])
})

test('what another host has changed meanwhile is told while it is written over, and what this host has saved is not', async () => {
  const drafts = shallowRef([{ id: 'ci_1', title: 'as it was' }])
  const mine = scope.run(() => useWriting<Form, { id: string; title: string }>(() => 'ls_1', JSON.stringify, { all: () => drafts.value, text: ({ title }) => title }))
  if (!mine) throw new Error('nothing to write')
  mine.begin(() => ({ title: 'new' }))
  expect(mine.changedMeanwhile.value).toBe(false)
  await mine.edit('ci_1', () => ({ title: 'as it was' }))
  expect(mine.changedMeanwhile.value).toBe(false)
  drafts.value = [{ id: 'ci_1', title: 'theirs' }]
  expect(mine.changedMeanwhile.value).toBe(true)

  await mine.saving().edited(Promise.resolve({ id: 'ci_1', title: 'mine' }))
  drafts.value = [{ id: 'ci_1', title: 'mine' }]
  expect(mine.changedMeanwhile.value).toBe(false)

  isUnsaved.mockReturnValue(false)
  await mine.edit('ci_1', () => {
    drafts.value = [{ id: 'ci_1', title: 'theirs, while its list was fetched' }]
    return { title: 'mine' }
  })
  expect(mine.changedMeanwhile.value).toBe(true)
  drafts.value = []
  expect(mine.changedMeanwhile.value).toBe(false)
})
