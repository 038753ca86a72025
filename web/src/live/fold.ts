/**
 * The picture a client holds of one live session: a snapshot, and every publication and tally since, folded in. Pure.
 *
 * Promise: snapshot + news = a fresh snapshot. What breaks it is a publication that was missed; then `fold` says 'gap' and the
 * caller fetches a snapshot instead of guessing.
 */
import type { LiveSession, News, Publication, Question, Snapshot, Survey, Tally } from './protocol'

export interface Picture {
  readonly epoch: string
  readonly position: number
  readonly room: Snapshot['room']
  readonly live_session: LiveSession
  readonly surveys: readonly Survey[]
  /** Viewers present; null until the server has said so. */
  readonly online: number | null
}

export function begin(snapshot: Snapshot, online: number | null = null): Picture {
  const { epoch, position, room, live_session, surveys } = snapshot
  return { epoch, position, room, live_session, surveys, online }
}

/** The picture after the news, or 'gap' when a publication before it never arrived. */
export function fold(picture: Picture, news: News): Picture | 'gap' {
  switch (news.op) {
    case 'online':
      return { ...picture, online: news.viewers }
    case 'tally':
      return foldTally(picture, news)
    case 'publication':
      return foldPublication(picture, news)
  }
}

/**
 * Adds a survey that an API reply brought (a draft is told to nobody else, so no publication carries it). A survey that is here
 * already stays as it is: the news is at least as fresh as any reply.
 */
export function include(picture: Picture, survey: Survey): Picture {
  if (picture.surveys.some((known) => known.id === survey.id)) return picture
  return { ...picture, surveys: [survey, ...picture.surveys] }
}

function foldPublication(picture: Picture, publication: Publication): Picture | 'gap' {
  // The snapshot held it already. Positions count the session's events, of which a channel carries only some, so the predecessor
  // may lie before our position; only one after it is news we never got.
  if (publication.position <= picture.position) return picture
  if (publication.previous > picture.position) return 'gap'
  const moved = { ...picture, position: publication.position }
  if (publication.live_session) moved.live_session = { ...moved.live_session, ...publication.live_session }
  if (publication.survey) moved.surveys = replaceOrAdd(moved.surveys, publication.survey)
  return moved
}

function replaceOrAdd(surveys: readonly Survey[], survey: Survey): readonly Survey[] {
  if (!surveys.some((known) => known.id === survey.id)) return [survey, ...surveys]
  return surveys.map((known) => (known.id === survey.id ? withNewerCounts(survey, known) : known))
}

/** Facts are frozen with their event, so the counts of a publication may be older than a tally that overtook it. */
function withNewerCounts(survey: Survey, known: Survey): Survey {
  if (survey.state !== 'open' || known.version <= survey.version) return survey
  const counts = { answered: known.answered, version: known.version }
  if (known.right === undefined) return { ...survey, ...counts }
  return { ...survey, ...counts, right: known.right, questions: known.questions }
}

function foldTally(picture: Picture, tally: Tally): Picture {
  const surveys = picture.surveys.map((survey) =>
    survey.id === tally.survey && tally.version > survey.version ? withTally(survey, tally) : survey,
  )
  return { ...picture, surveys }
}

function withTally(survey: Survey, tally: Tally): Survey {
  const { version, answered } = tally
  const counts = new Map(tally.questions?.map((question) => [question.id, question]))
  return {
    ...survey,
    version,
    answered,
    ...(tally.expected === undefined ? {} : { expected: tally.expected }),
    ...(tally.right === undefined ? {} : { right: tally.right }),
    questions: survey.questions.map((question): Question => ({ ...question, ...counts.get(question.id) })),
  }
}
