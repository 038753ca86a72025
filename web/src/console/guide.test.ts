import { expect, test } from 'vitest'
import type { Room } from '@/api/types'
import en from '@/i18n/en/desk'
import zh from '@/i18n/zh-CN/desk'
import { aSurvey } from '@/live/samples'
import { EXAMPLES, STEPS, guidedRoom, guidedSurvey, standOf, stepOf, templateOf } from './guide'

const room = { id: 'rm_1', title: 'Hall', running_live_session: null } as unknown as Room
const running = { ...room, id: 'rm_2', running_live_session: { id: 'ls_1' } } as Room

test('the step is where things are, wherever one comes from', () => {
  const picture = { online: 0, surveys: [aSurvey({ state: 'draft' })] }

  expect(stepOf({ room: null, hasQuestion: false, picture: null })).toBe('room')
  expect(stepOf({ room, hasQuestion: false, picture: null })).toBe('question')
  expect(stepOf({ room, hasQuestion: true, picture: null })).toBe('start')
  expect(stepOf({ room: running, hasQuestion: true, picture })).toBe('start')
  expect(stepOf({ room: running, hasQuestion: true, picture: { ...picture, online: 1 } })).toBe('open')
  expect(stepOf({ room: running, hasQuestion: true, picture: { online: 0, surveys: [aSurvey({ state: 'closed' })] } })).toBe('open')
})

test('nothing behind an open step is done, also where a live session already runs without a question', () => {
  const step = stepOf({ room: running, hasQuestion: false, picture: { online: 3, surveys: [] } })

  expect(STEPS.map((name) => standOf(name, step))).toEqual(['done', 'here', 'later', 'later'])
  expect(STEPS.map((name) => standOf(name, 'open'))).toEqual(['done', 'done', 'done', 'here'])
})

test('one is guided through the room where something runs', () => {
  expect(guidedRoom([room, running])).toBe(running)
  expect(guidedRoom([room])).toBe(room)
  expect(guidedRoom([])).toBeNull()
})

test('what runs is shown before what is prepared', () => {
  const draft = aSurvey({ id: 'sv_2', state: 'draft' })
  const open = aSurvey({ id: 'sv_1', state: 'open' })

  expect(guidedSurvey([draft, open])).toBe(open)
  expect(guidedSurvey([aSurvey({ state: 'closed' }), draft])).toBe(draft)
  expect(guidedSurvey([])).toBeNull()
})

test('every example is a question in both languages, with the same number of options', () => {
  for (const example of EXAMPLES) {
    const [mine, other] = [en, zh].map(({ guide }) => guide.examples[example])
    const draft = templateOf(example, mine?.title ?? '', mine?.question ?? '', mine?.options ?? '')

    expect(draft.questions[0]?.options?.length).toBe(other?.options.split('\n').length)
    expect(draft.questions[0]?.right_options).toEqual(example === 'quiz' ? [1] : [])
  }
})
