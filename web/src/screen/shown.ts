/**
 * What the hall looks at. Pure.
 *
 * One rule: a draw that is being drawn, then winners and results that have come out since something was opened, for as long as it takes to
 * read them; then what was opened last and is still open, then what ended or was published last, for ten minutes; after the end of the live
 * session thanks, for as long; else the code to join. Screens are told what viewers are told, so nothing can be shown here that the host has
 * not published. Whoever presents may bring up something else that is open; it stays until the rule comes to something new.
 */
import { isDone, isRolling } from '@/interactions/draw/draw'
import { isOver, isShown as isPublished } from '@/interactions/survey/survey'
import type { Picture } from '@/live/fold'
import type { CheckIn, Draw, LastSession, Survey } from '@/live/protocol'

export type Shown =
  | { readonly what: 'survey'; readonly survey: Survey }
  | { readonly what: 'checkin'; readonly checkin: CheckIn }
  | { readonly what: 'draw'; readonly draw: Draw }
  | { readonly what: 'thanks' | 'join' }

export interface Seen {
  readonly picture: Picture | null
  readonly last: LastSession | null
  /** When the newest publication about each thing came. */
  readonly touched: ReadonlyMap<string, string>
}

/** What a presenter has brought up, by idOf, and in place of what. */
export interface Picked {
  readonly id: string
  readonly insteadOf: string
}

/** What is over stays for this long. */
export const STAYS_MS = 10 * 60_000
/** Winners and results stay for this long where something else is open that was there before them. */
export const MOMENT_MS = 20_000

interface Candidate {
  readonly at: string
  readonly shown: Shown
}

export function shownOf({ picture, last, touched }: Seen, nowMs: number): Shown {
  const isRecent = (at: string) => nowMs - Date.parse(at) < STAYS_MS
  if (!picture) return { what: last && isRecent(last.ended_at) ? 'thanks' : 'join' }
  const rolling = picture.draws.find(isRolling)
  if (rolling) return { what: 'draw', draw: rolling }
  const open = newest(openOnes(picture))
  const allOver = overOnes(picture, touched)
  if (open) {
    const result = newest(allOver.filter(({ shown }) => isResult(shown)))
    return result && result.at > open.at && nowMs - Date.parse(result.at) < MOMENT_MS && mayWait(open.shown, nowMs) ? result.shown : open.shown
  }
  const over = newest(allOver)
  const ended = picture.live_session.state === 'ended'
  // winners that came out after the end are seen before the thanks
  if (over && isRecent(over.at) && !(ended && over.at <= (picture.live_session.ended_at ?? ''))) return over.shown
  return { what: ended ? 'thanks' : 'join' }
}

/** Of what is shown: the same while it is about the same thing. */
export const idOf = (shown: Shown): string => (shown.what === 'survey' ? shown.survey : shown.what === 'checkin' ? shown.checkin : shown.what === 'draw' ? shown.draw : { id: shown.what }).id

/** What is shown in place of what the rule says. */
export function pickedOf({ picture }: Seen, ruled: Shown, picked: Picked | null): Shown {
  if (!picture || picked?.insteadOf !== idOf(ruled)) return ruled
  return openOnes(picture).find(({ shown }) => idOf(shown) === picked.id)?.shown ?? ruled
}

/** Everything that can be brought up, what the rule says first, then what was opened last. */
export function choicesOf({ picture }: Seen, ruled: Shown): string[] {
  const open = picture ? openOnes(picture).sort((one, other) => (one.at < other.at ? 1 : -1)) : []
  return [...new Set([ruled, ...open.map(({ shown }) => shown)].map(idOf))]
}

function openOnes({ surveys, checkins, draws }: Picture): Candidate[] {
  return [
    ...surveys.filter(({ state }) => state === 'open').map((survey) => ({ at: survey.opened_at ?? '', shown: { what: 'survey', survey } as const })),
    ...checkins.filter(({ state }) => state === 'open').map((checkin) => ({ at: checkin.opened_at ?? '', shown: { what: 'checkin', checkin } as const })),
    ...draws.filter(({ state }) => state === 'committed' || state === 'open').map((draw) => ({ at: draw.opened_at ?? draw.committed_at ?? '', shown: { what: 'draw', draw } as const })),
  ]
}

function overOnes({ surveys, checkins, draws }: Picture, touched: ReadonlyMap<string, string>): Candidate[] {
  const later = (id: string, at: string | null) => [at ?? '', touched.get(id) ?? ''].reduce((one, other) => (one > other ? one : other))
  return [
    ...surveys.filter(isOver).map((survey) => ({ at: later(survey.id, survey.closed_at), shown: { what: 'survey', survey } as const })),
    ...checkins.filter(({ state }) => state === 'closed' || state === 'settled').map((checkin) => ({ at: later(checkin.id, checkin.closed_at), shown: { what: 'checkin', checkin } as const })),
    // a draw that was cancelled before anybody knew of it concerns nobody
    ...draws.filter((draw) => isDone(draw) && draw.committed_at !== null).map((draw) => ({ at: draw.finished_at ?? '', shown: { what: 'draw', draw } as const })),
  ]
}

/** What ends sooner than a moment would be missed. */
function mayWait(shown: Shown, nowMs: number): boolean {
  const { closes_at = null } = 'survey' in shown ? shown.survey : 'checkin' in shown ? shown.checkin : 'draw' in shown ? shown.draw : {}
  return closes_at === null || Date.parse(closes_at) - nowMs > MOMENT_MS
}

const isResult = (shown: Shown): boolean => (shown.what === 'draw' && shown.draw.state === 'drawn') || (shown.what === 'survey' && isPublished(shown.survey))

const newest = (candidates: readonly Candidate[]): Candidate | undefined =>
  candidates.reduce<Candidate | undefined>((best, one) => (best && best.at >= one.at ? best : one), undefined)
