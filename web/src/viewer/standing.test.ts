// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { effectScope, nextTick, shallowReactive, shallowRef, type EffectScope } from 'vue'
import type { AnsweringState } from '@/live/answering'
import { begin, type Picture } from '@/live/fold'
import type { Survey } from '@/live/protocol'
import { aSnapshot, aSurvey } from '@/live/samples'
import { newestFirst, resultKey, useStanding, withdrawnSince } from './standing'

const MONDAY = aSnapshot().live_session
const open = (id: string) => aSurvey({ id, title: id })
const closed = (id: string, minute: number, change: Partial<Survey> = {}) => aSurvey({ id, title: id, state: 'closed', closed_at: `2026-01-05T08:${String(minute).padStart(2, '0')}:00Z`, ...change })
const published = (id: string, minute: number) => closed(id, minute, { published: true })
const picture = (...surveys: Survey[]): Picture => begin(aSnapshot({ surveys }))

describe('the newest result', () => {
  test('is at first the one that closed last', () => {
    expect(newestFirst([], [closed('a', 1), closed('c', 3), closed('b', 2)])).toEqual(['c', 'b', 'a'])
  })

  test('is later what came last: an older one that is published now stands in front of one that closed after it', () => {
    const before = newestFirst([], [closed('a', 1), published('b', 2)])

    expect(newestFirst(before, [published('a', 1), published('b', 2)])).toEqual(['a published', 'b published'])
  })

  test('keeps its place when its marks are done, and is forgotten when it is gone', () => {
    expect(newestFirst(['a published', 'b', 'x'], [{ ...published('a', 1), state: 'settled' }, closed('b', 2)])).toEqual(['a published', 'b'])
  })
})

describe('withdrawn', () => {
  test('is what was open and is missing', () => {
    expect(withdrawnSince(picture(open('a'), open('b')), picture(open('b')))).toMatchObject([{ id: 'a', state: 'withdrawn' }])
    expect(withdrawnSince(picture(open('a')), picture(closed('a', 1)))).toEqual([])
    expect(withdrawnSince(null, picture())).toEqual([])
  })

  test('is nothing of another live session, and nothing that a snapshot leaves out because it is old', () => {
    const next = begin(aSnapshot({ live_session: { ...MONDAY, id: 'ls_2' } }))

    expect(withdrawnSince(picture(open('a')), next)).toEqual([])
    expect(withdrawnSince(picture(closed('a', 1), open('b')), picture())).toEqual([])
  })
})

describe('before a viewer', () => {
  let scope: EffectScope
  let given: AnsweringState
  const now = shallowRef<Picture | null>(null)

  beforeEach(() => {
    sessionStorage.clear()
    given = shallowReactive<AnsweringState>({ mine: new Map(), sending: new Map(), drafts: new Map() })
  })
  afterEach(() => scope.stop())

  function begins(...surveys: Survey[]) {
    now.value = picture(...surveys)
    scope = effectScope()
    const standing = scope.run(() => useStanding('abcd2345', () => now.value, given))
    if (!standing) throw new Error('it did not begin')
    const ids = (list: readonly Survey[]) => list.map(({ id, state }) => `${id} ${state}`)
    const becomes = async (...next: Survey[]) => {
      now.value = picture(...next)
      await nextTick()
    }
    return { standing, becomes, shown: () => ids(standing.shown.value), earlier: () => ids(standing.earlier.value) }
  }

  const answers = (id: string) => (given.drafts = new Map([[id, { answers: new Map([['qn_1', { question: 'qn_1', text: 'half a' }]]), saving: 'here' }]]))
  const submits = (id: string) => (given.mine = new Map(given.mine).set(id, { survey: id, submitted: true, answers: [], answered_at: null }))

  test('what closes stays in its place as a result, though something else is open', async () => {
    const { becomes, shown, earlier } = begins(open('new'), open('all_day'), published('old', 1))
    expect(shown()).toEqual(['new open', 'all_day open', 'old closed'])
    await becomes(closed('new', 9, { closed_by: 'time_limit' }), open('all_day'), published('old', 1))

    expect(shown()).toEqual(['new closed', 'all_day open'])
    expect(earlier()).toEqual(['old closed'])
  })

  test('a result published later comes on top when all is answered, else below and says so', async () => {
    const unanswered = begins(open('all_day'), closed('exam', 1), published('card', 2))
    unanswered.standing.putAway(published('card', 2))
    await unanswered.becomes(open('all_day'), published('exam', 1), published('card', 2))
    expect(unanswered.shown()).toEqual(['all_day open', 'exam closed'])
    expect(unanswered.standing.below.value).toBe('exam')
    scope.stop()

    submits('all_day')
    const answered = begins(open('all_day'))
    await answered.becomes(published('exam', 1), open('all_day'))

    expect(answered.shown()).toEqual(['exam closed', 'all_day open'])
    expect(answered.standing.below.value).toBeNull()
  })

  test('nothing moves over what is half answered', async () => {
    const { standing, becomes, shown } = begins(open('all_day'))
    answers('all_day')
    await becomes(open('new'), open('all_day'))
    await becomes(published('new', 9), open('all_day'))

    expect(shown()).toEqual(['all_day open', 'new closed'])
    expect(standing.isAnswering()).toBe(true)
  })

  test('a result that was put away stays away, also after a reload; no older one takes its place', async () => {
    const { standing, shown, earlier } = begins(open('all_day'), published('b', 2), published('a', 1))
    standing.putAway(published('b', 2))
    expect(shown()).toEqual(['all_day open'])
    expect(earlier()).toEqual(['b closed', 'a closed'])
    scope.stop()

    const again = begins(open('all_day'), published('b', 2))
    expect(again.shown()).toEqual(['all_day open'])
    await again.becomes(open('all_day'), published('c', 3), published('b', 2))
    expect(again.shown()).toEqual(['all_day open', 'c closed'])
  })

  test('with nothing open the newest result stands there, put away or not', async () => {
    const { standing, becomes, shown } = begins(open('all_day'), published('b', 2))
    standing.putAway(published('b', 2))
    await becomes(published('b', 2))

    expect(shown()).toEqual(['all_day withdrawn', 'b closed'])
    expect(standing.mayPutAway(published('b', 2))).toBe(false)
  })

  test('what was put away while it waited for its result comes back with it', async () => {
    const { standing, becomes, shown } = begins(open('all_day'), closed('exam', 1))
    standing.putAway(closed('exam', 1))
    await becomes(open('all_day'), published('exam', 1))

    expect(shown()).toContain('exam closed')
    expect(resultKey(published('exam', 1))).not.toBe(resultKey(closed('exam', 1)))
  })

  test('what is withdrawn is said in its place, until that is put away', async () => {
    const { standing, becomes, shown } = begins(open('b'), open('a'))
    await becomes(open('a'))
    await becomes(open('a')) // the next count
    expect(shown()).toEqual(['b withdrawn', 'a open'])
    const [line] = standing.shown.value
    if (line) standing.putAway(line)

    expect(shown()).toEqual(['a open'])
  })

  test('the next live session knows nothing of what was withdrawn in the last', async () => {
    const { becomes, shown } = begins(open('a'))
    await becomes()
    expect(shown()).toEqual(['a withdrawn'])
    now.value = begin(aSnapshot({ live_session: { ...MONDAY, id: 'ls_2' } }))
    await nextTick()

    expect(shown()).toEqual([])
  })
})
