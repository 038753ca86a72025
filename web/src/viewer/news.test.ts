// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApp, nextTick, shallowRef, type App } from 'vue'
import { chooseLanguage, i18n, loadWords } from '@/i18n'
import type { Sending } from '@/live/answering'
import { begin, type Picture } from '@/live/fold'
import { aCheckIn, anAnnouncement, aSnapshot, aSurvey } from '@/live/samples'
import { useSpokenNews } from './news'

const picture = shallowRef<Picture | null>(null)
const sending = shallowRef<ReadonlyMap<string, Sending>>(new Map())
let app: App
let spoken: () => string

beforeEach(async () => {
  await loadWords('viewer')
  await chooseLanguage('en')
  const taking = { checkins: new Map(), draws: new Map(), joining: new Map(), filling: new Map(), awaiting: new Set<string>(), salts: new Map() }
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
  expect(first).toBe('Answer saved: Question 1')
  const second = await saved()
  expect([second === first, second.trim()]).toEqual([false, first])

  await show({ surveys, announcements: [anAnnouncement()] })
  const once = spoken()
  await show({ surveys, announcements: [anAnnouncement(), anAnnouncement({ id: 'an_2' })] })
  expect([spoken() === once, spoken().trim()]).toEqual([false, once])
})
