/**
 * The picture a client holds of one live session: a snapshot, and every publication and tally since, folded in. Pure.
 *
 * Promise: snapshot + news = a fresh snapshot. What breaks it is a publication that was missed; then `fold` says 'gap' and the
 * caller comes back for it instead of guessing.
 */
import type { Theme } from '@/ui/theme'
import { place, tell } from './numbered'
import type { Announcement, AnyTally, CheckIn, Draw, LiveSession, News, Publication, Question, Room, Snapshot, Stream, Survey, Tally } from './protocol'

export interface Picture {
  readonly epoch: string
  readonly position: number
  readonly room: Room
  readonly stream: Stream | null
  readonly theme: Theme
  readonly live_session: LiveSession
  readonly surveys: readonly Survey[]
  readonly checkins: readonly CheckIn[]
  readonly draws: readonly Draw[]
  /** Newest last; none that was withdrawn. */
  readonly announcements: readonly Announcement[]
  /** Viewers present; null until the server has said so. */
  readonly online: number | null
}

export function begin(snapshot: Snapshot, online: number | null = null): Picture {
  const { epoch, position, room, stream, theme, live_session, surveys, checkins, draws, announcements } = snapshot
  return { epoch, position, room, stream, theme, live_session, surveys, checkins, draws, announcements, online }
}

/** The picture of a live session of which is only known that it has ended: what was open is closed. */
export function ended(picture: Picture): Picture {
  const surveys = picture.surveys.map((survey) => (survey.state === 'open' ? { ...survey, state: 'closed' as const } : survey))
  const checkins = picture.checkins.map((checkin) => (checkin.state === 'open' ? { ...checkin, state: 'closed' as const } : checkin))
  // a closed draw is decided all the same: its list is public
  const draws = picture.draws.map((draw) => (UNDECIDED.includes(draw.state) ? { ...draw, state: 'timed_out' as const } : draw))
  return { ...picture, live_session: { ...picture.live_session, state: 'ended' }, surveys, checkins, draws }
}

const UNDECIDED: readonly string[] = ['committed', 'open', 'closing']

/** The picture after the news, or 'gap' when a publication before it never arrived. */
export function fold(picture: Picture, news: News): Picture | 'gap' {
  switch (news.op) {
    case 'online':
      return { ...picture, online: news.viewers }
    case 'tally':
      return foldTally(picture, news)
    case 'checkin_tally': {
      const { checkin, version, expected, confirmed, rate, unexpected } = news
      return { ...picture, checkins: tell(picture.checkins, checkin, { version, expected, confirmed, rate, unexpected }) }
    }
    case 'draw_tally': {
      const { version, entered } = news
      return { ...picture, draws: tell(picture.draws, news.draw, { version, entered }) }
    }
    case 'publication':
      return foldPublication(picture, news)
  }
}

/** What the server begins a connection with: a whole snapshot, or what this client has missed since the picture it still has. */
export interface Beginning {
  readonly snapshot?: Snapshot
  readonly publications?: readonly Publication[]
  readonly tallies?: readonly AnyTally[]
}

/** The picture after such a beginning; 'gap' when it does not lead on from `before`. */
export function resume(before: Picture | null, { snapshot, publications = [], tallies = [] }: Beginning): Picture | 'gap' {
  if (snapshot) return begin(snapshot, before?.online)
  if (!before) return 'gap'
  return [...publications, ...tallies].reduce<Picture | 'gap'>((picture, news) => (picture === 'gap' ? picture : fold(picture, news)), before)
}

/**
 * Adds a survey that an API reply brought, ahead of its news, and replaces a draft by a newer one. Any other survey that is here already
 * stays as it is: the news is at least as fresh as any reply.
 */
export function include(picture: Picture, survey: Survey): Picture {
  const known = picture.surveys.find(({ id }) => id === survey.id)
  if (!known) return survey.state === 'withdrawn' ? picture : { ...picture, surveys: [survey, ...picture.surveys] }
  if (known.state !== 'draft' || survey.state !== 'draft' || revisionOf(survey) <= revisionOf(known)) return picture
  return { ...picture, surveys: picture.surveys.map((other) => (other.id === survey.id ? survey : other)) }
}

/** With the whole list of the API, newest first: what a snapshot had no room for takes its place behind what is newer. */
export function includeAll(picture: Picture, listed: readonly Survey[]): Picture {
  const place = new Map(listed.map(({ id }, index) => [id, index]))
  const placeOf = ({ id }: Survey) => place.get(id) ?? -1
  const all = listed.reduce(include, picture)
  return { ...all, surveys: [...all.surveys].sort((one, other) => placeOf(one) - placeOf(other)) }
}

const revisionOf = ({ revision = 0 }: Survey): number => revision

function foldPublication(picture: Picture, publication: Publication): Picture | 'gap' {
  // The snapshot held it already. Positions count the session's events, of which a channel carries only some, so the predecessor
  // may lie before our position; only one after it is news we never got.
  if (publication.position <= picture.position) return picture
  if (publication.previous > picture.position) return 'gap'
  const moved = { ...picture, position: publication.position }
  if (publication.live_session) moved.live_session = { ...moved.live_session, ...publication.live_session }
  if (publication.room) Object.assign(moved, { room: publication.room, stream: publication.stream ?? null })
  if (publication.theme) moved.theme = publication.theme
  if (publication.announcement) moved.announcements = withAnnouncement(moved.announcements, publication.announcement)
  if (publication.survey) moved.surveys = withSurvey(moved.surveys, publication.survey)
  if (publication.checkin) moved.checkins = place(moved.checkins, publication.checkin, ({ expected, confirmed, rate, unexpected }) => ({ expected, confirmed, rate, unexpected }))
  // what is drawn has its whole list; only an open one still counts
  if (publication.draw) moved.draws = place(moved.draws, publication.draw, ({ entered }) => ({ entered }))
  return moved
}

/** Puts it at the end; one that was withdrawn is gone. */
function withAnnouncement(announcements: readonly Announcement[], announcement: Announcement): readonly Announcement[] {
  const others = announcements.filter(({ id }) => id !== announcement.id)
  return announcement.withdrawn_at === null ? [...others, announcement] : others
}

/** Replaces it, or puts it in front; one that was withdrawn is gone. */
function withSurvey(surveys: readonly Survey[], survey: Survey): readonly Survey[] {
  if (survey.state === 'withdrawn') return surveys.filter((known) => known.id !== survey.id)
  if (!surveys.some((known) => known.id === survey.id)) return [survey, ...surveys]
  // a reply may have brought a draft ahead of the news of what it was before
  const isOlder = (known: Survey) => survey.state === 'draft' && revisionOf(survey) < revisionOf(known)
  return surveys.map((known) => (known.id !== survey.id || isOlder(known) ? known : withNewerCounts(survey, known)))
}

/** Facts are frozen with their event, so the counts of a publication may be older than a tally that overtook it. */
function withNewerCounts(survey: Survey, known: Survey): Survey {
  if (known.version <= survey.version) return survey
  const newer = { answered: known.answered, version: known.version }
  // a viewer's tally has the one number only
  if (known.points === undefined) return { ...survey, ...newer }
  const people = new Map(known.questions.map(({ id, answered, right, to_mark, counts }) => [id, { answered, right, to_mark, counts }]))
  return {
    ...survey,
    ...newer,
    ...told({ expected: expectedOf(survey, known.answered) }),
    right: known.right,
    points: known.points,
    to_mark: known.to_mark,
    right_numbers: known.right_numbers,
    questions: survey.questions.map((question) => ({ ...question, ...people.get(question.id) })),
  }
}

function foldTally(picture: Picture, tally: Tally): Picture {
  const surveys = picture.surveys.map((survey) =>
    survey.id === tally.survey && tally.version > survey.version ? withTally(survey, tally) : survey,
  )
  return { ...picture, surveys }
}

function withTally(survey: Survey, tally: Tally): Survey {
  const { version, answered, right, points, to_mark, right_numbers } = tally
  const counts = new Map(tally.questions?.map((question) => [question.id, question]))
  return {
    ...survey,
    ...told({ version, answered, right, points, to_mark, right_numbers, expected: expectedOf(survey, answered) }),
    questions: survey.questions.map((question): Question => ({ ...question, ...counts.get(question.id) })),
  }
}

/** Whoever came later and answered could answer, too; told to hosts alone. */
const expectedOf = ({ expected }: Survey, answered = 0): number | undefined => (expected === undefined ? undefined : Math.max(expected, answered))

/** Without what was not said. */
function told<Members extends object>(members: Members): Partial<Members> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<Members>
}
