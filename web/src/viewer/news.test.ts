// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApp, nextTick, shallowReactive, shallowRef, type App } from 'vue'
import { chooseLanguage, i18n, loadWords } from '@/i18n'
import type { Sending } from '@/live/answering'
import { begin, type Picture } from '@/live/fold'
import { aCheckIn, aDraw, anAnnouncement, aSnapshot, aSurvey } from '@/live/samples'
import type { TakingPartState } from '@/live/taking_part'
import { useSpokenNews } from './news'

const picture = shallowRef<Picture | null>(null)
const sending = shallowRef<ReadonlyMap<string, Sending>>(new Map())
let taking: TakingPartState
let app: App
let spoken: () => string

beforeEach(async () => {
  await loadWords('viewer')
  await chooseLanguage('en')
  taking = shallowReactive<TakingPartState>({ checkins: new Map(), draws: new Map(), joining: new Map(), filling: new Map(), awaiting: new Set(), salts: new Map() })
  app = createApp({
    setup() {
      const news = useSpokenNews(() => picture.value, () => sending.value, taking)
      spoken = () => news.value
      return () => null
    },
  }).use(i18n)
  app.mount(document.createElement('div'))
})

afterEach(() => {
  app.unmount()
  picture.value = null
  sending.value = new Map()
})

async function show(change: Parameters<typeof aSnapshot>[0]): Promise<void> {
  picture.value = begin(aSnapshot(change))
  await nextTick()
}

test('a check-in that is withdrawn is said, and one of another live session is not', async () => {
  await show({ checkins: [aCheckIn()] })
  await show({ checkins: [] })
  expect(spoken()).toBe('The host has withdrawn the check-in “Morning”.')

  await show({ checkins: [aCheckIn({ title: 'Noon' })] })
  await show({ live_session: { ...aSnapshot().live_session, id: 'ls_2' } })
  expect(spoken()).toBe('Check-in: Noon')
})

test('the same words a second time are news again', async () => {
  const saved = async () => {
    sending.value = new Map([['sv_1', { refusal: null } as Sending]])
    await nextTick()
    sending.value = new Map()
    await nextTick()
    return spoken()
  }
  const surveys = [aSurvey({ changeable: true })]
  await show({ surveys })
  const first = await saved()
  expect(first).toBe('Answer submitted: Question 1')
  const second = await saved()
  expect([second === first, second.trim()]).toEqual([false, first])

  await show({ surveys, announcements: [anAnnouncement()] })
  const once = spoken()
  await show({ surveys, announcements: [anAnnouncement(), anAnnouncement({ id: 'an_2' })] })
  expect([spoken() === once, spoken().trim()]).toEqual([false, once])
})

test('of the own part, what was so when the page came is not said, and what a later snapshot brings is', async () => {
  const own = { draw: 'dr_1', entered: true, code: 'vw_1', prizes: [] }
  taking.draws = new Map([['dr_1', own]])
  taking.checkins = new Map([['ci_1', { checkin: 'ci_1', confirmed_at: '' }]])
  await show({ draws: [aDraw()], checkins: [aCheckIn()] })
  expect(spoken()).toBe('')

  // as a new beginning has it: the picture, nothing of one's own, and then all of it
  const shown = show({ draws: [aDraw({ state: 'drawn' })], checkins: [aCheckIn()] })
  taking.draws = new Map()
  taking.draws = new Map([['dr_1', { ...own, prizes: [{ prize: 'pz_1', filled: false }] }]])
  await shown
  expect(spoken()).toBe('You have won: Raffle')
})
