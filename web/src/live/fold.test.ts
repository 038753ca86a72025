import { expect, test } from 'vitest'
import { begin, ended, fold, include, includeAll, resume, type Picture } from './fold'
import { include as includeDraw, includeMissing } from './numbered'
import type { News, Publication, Snapshot, Survey } from './protocol'
import { aCheckIn, aDraw, anAnnouncement, aQuestion, aSnapshot, aSurvey } from './samples'

const survey = (id: string, change: Partial<Survey> = {}): Survey => aSurvey({ id, title: id, questions: [aQuestion({ id: `qn_${id}` })], ...change })

const snapshot = (position: number, surveys: Survey[] = []): Snapshot => aSnapshot({ position, surveys })

function publication(position: number, previous: number, change: Partial<Publication> = {}): Publication {
  return { op: 'publication', channel: 'session', position, previous, kind: 'survey.opened', at: '2026-01-05T08:00:00.000000Z', ...change }
}

function foldAll(picture: Picture, news: News[]): Picture {
  return news.reduce<Picture>((now, one) => {
    const next = fold(now, one)
    if (next === 'gap') throw new Error('gap')
    return next
  }, picture)
}

test('a snapshot and the news since equal a fresh snapshot', () => {
  const closed = survey('sv_1', { state: 'closed', published: true, answered: 3, version: 3 })
  const news = [
    publication(5, 4, { survey: survey('sv_1') }),
    { op: 'tally', survey: 'sv_1', version: 3, answered: 3 } as const,
    publication(6, 5, { survey: closed }),
    publication(7, 6, { survey: survey('sv_2') }),
  ]

  const folded = foldAll(begin(snapshot(4)), news)

  expect(folded).toEqual(begin(snapshot(7, [survey('sv_2'), closed])))
})

test('a publication after one that never arrived is a gap', () => {
  expect(fold(begin(snapshot(4)), publication(7, 6, { survey: survey('sv_1') }))).toBe('gap')
})

test('events of other channels between two publications are no gap', () => {
  const folded = fold(begin(snapshot(6)), publication(8, 3, { survey: survey('sv_1') }))

  expect(folded).toMatchObject({ position: 8, surveys: [{ id: 'sv_1' }] })
})

test('a publication the snapshot holds already changes nothing', () => {
  const picture = begin(snapshot(4, [survey('sv_1', { state: 'closed' })]))

  expect(fold(picture, publication(4, 3, { survey: survey('sv_1') }))).toBe(picture)
})

test('a tally replaces counts only with a higher version', () => {
  const picture = begin(snapshot(4, [survey('sv_1', { version: 5, answered: 9 })]))

  const older = fold(picture, { op: 'tally', survey: 'sv_1', version: 4, answered: 8 })
  const newer = fold(picture, { op: 'tally', survey: 'sv_1', version: 6, answered: 10 })

  expect(older).toEqual(picture)
  expect(newer).toMatchObject({ surveys: [{ version: 6, answered: 10 }] })
})

test("a host's tally carries the counts of each question", () => {
  const picture = begin(snapshot(4, [survey('sv_1')]))

  const folded = fold(picture, {
    op: 'tally',
    survey: 'sv_1',
    version: 2,
    answered: 2,
    right: 1,
    points: 3,
    to_mark: 1,
    right_numbers: [{ number: 0, count: 1 }, { number: 1, count: 1 }],
    questions: [{ id: 'qn_sv_1', answered: 2, right: 1, to_mark: 1, counts: [1, 1] }],
  })

  expect(folded).toMatchObject({
    surveys: [{ right: 1, points: 3, to_mark: 1, right_numbers: [{ count: 1 }, { count: 1 }], questions: [{ title: 'Which?', counts: [1, 1], right: 1, to_mark: 1 }] }],
  })
})

test("a viewer's tally leaves what it does not say", () => {
  const picture = begin(snapshot(4, [survey('sv_1', { published: true, right: 2, right_numbers: [{ number: 1, count: 2 }] })]))

  expect(fold(picture, { op: 'tally', survey: 'sv_1', version: 2, answered: 5 })).toMatchObject({ surveys: [{ answered: 5, right: 2, right_numbers: [{ number: 1, count: 2 }] }] })
})

test("a host's counts that overtook a publication stay, with the texts of the publication", () => {
  const before = survey('sv_1', { points: 2, right: 1, version: 6, questions: [aQuestion({ id: 'qn_sv_1', title: 'old', counts: [4, 6], answered: 10 })] })
  const folded = fold(begin(snapshot(4, [before])), publication(5, 4, { survey: survey('sv_1', { points: 0, right: 0, version: 0, questions: [aQuestion({ id: 'qn_sv_1', title: 'new', counts: [0, 0] })] }) }))

  expect(folded).toMatchObject({ surveys: [{ points: 2, right: 1, version: 6, questions: [{ title: 'new', counts: [4, 6] }] }] })
})

test('a survey that was withdrawn is gone, as from a fresh snapshot', () => {
  const picture = begin(snapshot(4, [survey('sv_2'), survey('sv_1')]))
  const folded = fold(picture, publication(5, 4, { kind: 'survey.withdrawn', survey: survey('sv_2', { state: 'withdrawn' }) }))

  expect(folded).toEqual(begin(snapshot(5, [survey('sv_1')])))
})

test('coming back, what was missed is folded in, in its order', () => {
  const picture = begin(snapshot(4, [survey('sv_1')]), 7)
  const publications = [publication(5, 4, { survey: survey('sv_2') }), publication(6, 5, { survey: survey('sv_1', { state: 'closed', answered: 3, version: 3 }) })]
  const tallies = [{ op: 'tally', survey: 'sv_2', version: 2, answered: 2 } as const]

  expect(resume(picture, { publications, tallies })).toMatchObject({ position: 6, online: 7, surveys: [{ id: 'sv_2', answered: 2 }, { id: 'sv_1', state: 'closed', answered: 3 }] })
  expect(resume(picture, { publications: [publication(9, 8)] })).toBe('gap')
  expect(resume(null, { publications: [] })).toBe('gap')
  expect(resume(picture, { snapshot: snapshot(9) })).toEqual(begin(snapshot(9), 7))
})

test('a tally of a survey we do not know is left alone', () => {
  const picture = begin(snapshot(4))

  expect(fold(picture, { op: 'tally', survey: 'sv_9', version: 1, answered: 1 })).toEqual(picture)
})

test('a tally that overtook the opening keeps its counts', () => {
  const picture = begin(snapshot(4, [survey('sv_1', { version: 6, answered: 10 })]))

  expect(fold(picture, publication(5, 4, { survey: survey('sv_1') }))).toMatchObject({ surveys: [{ version: 6, answered: 10 }] })
})

test('the end of the live session keeps what the publication does not name', () => {
  const ended = fold(
    begin(snapshot(4)),
    publication(5, 4, {
      kind: 'live_session.ended',
      live_session: { id: 'ls_1', title: 'Monday', state: 'ended', started_at: '2026-01-05T08:00:00.000000Z', ended_at: '2026-01-05T09:00:00.000000Z' },
    }),
  )

  expect(ended).toMatchObject({ position: 5, live_session: { state: 'ended' }, room: { title: 'Hall' } })
})

test('the online count is a signal: it moves no position', () => {
  expect(fold(begin(snapshot(4)), { op: 'online', viewers: 12 })).toMatchObject({ position: 4, online: 12 })
})

test('a draft from a reply is added in front, and never overwrites news', () => {
  const picture = begin(snapshot(4, [survey('sv_1', { version: 6 })]))

  expect(include(picture, survey('sv_2', { state: 'draft' })).surveys.map(({ id }) => id)).toEqual(['sv_2', 'sv_1'])
  expect(include(picture, survey('sv_1'))).toBe(picture)
})

test('an edited draft replaces the one before it', () => {
  const picture = begin(snapshot(4, [survey('sv_1', { state: 'draft', revision: 1, title: 'old' })]))

  expect(include(picture, survey('sv_1', { state: 'draft', revision: 2, title: 'new' }))).toMatchObject({ surveys: [{ title: 'new' }] })
  expect(include(picture, survey('sv_1', { state: 'draft', revision: 1, title: 'older' }))).toBe(picture)
})

test('the whole list puts what a snapshot had no room for behind what is newer', () => {
  const picture = { ...begin(snapshot(1)), surveys: [survey('sv_9'), survey('sv_4', { title: 'as the news has it' })] }
  const listed = [survey('sv_5', { state: 'draft' }), survey('sv_4'), survey('sv_3', { state: 'withdrawn' }), survey('sv_2')]

  expect(includeAll(picture, listed).surveys.map(({ id, title }) => [id, title])).toEqual([
    ['sv_9', survey('sv_9').title], ['sv_5', survey('sv_5').title], ['sv_4', 'as the news has it'], ['sv_2', survey('sv_2').title],
  ])
})

test('check-ins and draws: a snapshot and the news since equal a fresh snapshot', () => {
  const news: News[] = [
    publication(5, 4, { kind: 'checkin.opened', checkin: aCheckIn({ confirmed: 0, rate: 0, version: 0 }) }),
    { op: 'checkin_tally', checkin: 'ci_1', version: 2, expected: 4, confirmed: 2, rate: 50, unexpected: 1 },
    publication(6, 5, { kind: 'draw.committed', draw: aDraw({ state: 'committed', opened_at: null }) }),
    publication(7, 6, { kind: 'draw.opened', draw: aDraw() }),
    { op: 'draw_tally', draw: 'dr_1', version: 3, entered: 3 },
    publication(8, 7, { kind: 'checkin.closed', checkin: aCheckIn({ state: 'closed', confirmed: 2, rate: 50, unexpected: 1, version: 2 }) }),
  ]

  const fresh = { ...snapshot(8), checkins: [aCheckIn({ state: 'closed', confirmed: 2, rate: 50, unexpected: 1, version: 2 })], draws: [aDraw({ entered: 3, version: 3 })] }
  expect(foldAll(begin(snapshot(4)), news)).toEqual(begin(fresh))
})

test('counts that a tally told are not taken back by a publication frozen before it, nor by an older tally', () => {
  const before = { ...begin(snapshot(4)), checkins: [aCheckIn({ confirmed: 3, rate: 75, version: 9 })], draws: [aDraw({ entered: 7, version: 9 })] }
  const news: News[] = [
    publication(5, 4, { checkin: aCheckIn({ state: 'closed', version: 8 }), draw: aDraw({ closes_at: '2026-01-05T08:01:00.000000Z', version: 8 }) }),
    { op: 'checkin_tally', checkin: 'ci_1', version: 7, expected: 4, confirmed: 0, rate: 0, unexpected: 0 },
    { op: 'draw_tally', draw: 'dr_1', version: 7, entered: 1 },
  ]

  expect(foldAll(before, news)).toMatchObject({ checkins: [{ state: 'closed', confirmed: 3, rate: 75, version: 9 }], draws: [{ closes_at: '2026-01-05T08:01:00.000000Z', entered: 7, version: 9 }] })
})

test('a check-in that was withdrawn is gone; one without counts has none', () => {
  const { id, title, state, time_limit_s, opened_at, closes_at, closed_at, closed_by } = aCheckIn({ id: 'ci_2' })
  const silent = { id, title, state, time_limit_s, show_counts: false, opened_at, closes_at, closed_at, closed_by }
  const before = { ...begin(snapshot(4)), checkins: [aCheckIn()] }

  const after = foldAll(before, [publication(5, 4, { checkin: aCheckIn({ state: 'withdrawn' }) }), publication(6, 5, { checkin: silent })])

  expect(after.checkins).toEqual([silent])
})

test('what comes back after a gap brings their counts, and changes no survey', () => {
  const picture = { ...begin(snapshot(4, [survey('sv_1')])), checkins: [aCheckIn()] }
  const tallies = [{ op: 'checkin_tally', checkin: 'ci_1', version: 2, expected: 4, confirmed: 2, rate: 50, unexpected: 0 } as const]

  expect(resume(picture, { publications: [publication(5, 4, {})], tallies })).toMatchObject({ position: 5, surveys: [{ id: 'sv_1' }], checkins: [{ confirmed: 2 }] })
})

test('the list of the API changes nothing of a draw that is here', () => {
  const draws = [aDraw({ id: 'dr_2', entered: 5, version: 5 }), aDraw({ id: 'dr_1', state: 'draft', entered: 40 })]
  const listed = [aDraw({ id: 'dr_3', state: 'draft' }), aDraw({ id: 'dr_2', entered: 1, version: 1 }), aDraw({ id: 'dr_1', state: 'draft', entered: 0 })]

  expect(includeMissing(draws, listed).map(({ id, entered }) => [id, entered])).toEqual([['dr_3', 0], ['dr_2', 5], ['dr_1', 40]])
})

test('one that was just made stands in front, and an old one the snapshot had no room for behind', () => {
  const made = (id: string, day: number) => aDraw({ id, created_at: `2026-01-0${day}T08:00:00Z` })
  const told = includeMissing(includeDraw([made('dr_2', 2)], made('dr_3', 3), true), [made('dr_1', 1)])

  expect(told.map(({ id }) => id)).toEqual(['dr_3', 'dr_2', 'dr_1'])
})

test('when it is known only that the live session has ended, nothing takes entries any more, and a closed draw is still decided', () => {
  const picture = { ...begin(snapshot(4)), checkins: [aCheckIn()], draws: [aDraw(), aDraw({ id: 'dr_2', state: 'closed' })] }

  expect(ended(picture)).toMatchObject({ checkins: [{ state: 'closed' }], draws: [{ state: 'timed_out' }, { state: 'closed' }] })
})

test('announcements come at the end, and one that is withdrawn goes', () => {
  const first = anAnnouncement()
  const second = anAnnouncement({ id: 'an_2', text: 'Now' })
  const told = foldAll(begin(snapshot(4)), [publication(5, 4, { announcement: first }), publication(6, 5, { announcement: second })])

  expect(told).toEqual(begin(aSnapshot({ position: 6, announcements: [first, second] })))

  const withdrawn = foldAll(told, [publication(7, 6, { announcement: { ...first, text: '', withdrawn_at: '2026-01-05T08:02:00.000000Z' } })])

  expect(withdrawn).toEqual(begin(aSnapshot({ position: 7, announcements: [second] })))
})

test('a host never sees more who have answered than could', () => {
  const picture = begin({ ...snapshot(4), surveys: [aSurvey({ version: 1, answered: 1, expected: 1, points: 0 })] })
  const tallied = fold(picture, { op: 'tally', survey: 'sv_1', version: 2, answered: 2 })
  expect(tallied).toMatchObject({ surveys: [{ answered: 2, expected: 2 }] })
  if (tallied === 'gap') throw new Error('a gap')

  // the facts of the close are older than the tally
  const closed = fold(tallied, { op: 'publication', channel: 'host', position: 5, previous: 4, kind: 'survey.closed', at: '', survey: aSurvey({ state: 'closed', version: 1, answered: 1, expected: 1, points: 0 }) })
  expect(closed).toMatchObject({ surveys: [{ state: 'closed', answered: 2, expected: 2 }] })
})
