/** The frames of /ws, as the server sends and takes them. Times are RFC 3339 text, ids native text (sv_…, qn_…). */

export type SurveyState = 'draft' | 'open' | 'closed' | 'settled' | 'withdrawn'

export interface Question {
  readonly id: string
  readonly type: 'choice'
  readonly title: string
  readonly multiple: boolean
  readonly score: number
  readonly options: readonly string[]
  /** Numbers from 0. To viewers only once the result is published, like the three counts below. */
  readonly right_options?: readonly number[]
  readonly counts?: readonly number[]
  readonly answered?: number
  readonly right?: number
}

export interface Survey {
  readonly id: string
  readonly kind: string
  readonly title: string
  readonly state: SurveyState
  readonly published: boolean
  readonly opened_at: string | null
  readonly closes_at: string | null
  readonly closed_at: string | null
  readonly closed_by: string | null
  readonly answered: number
  /** Grows with every change of the counts. */
  readonly version: number
  readonly questions: readonly Question[]
  /** People who could answer, and people who answered everything right: to hosts only. */
  readonly expected?: number
  readonly right?: number
}

export interface LiveSession {
  readonly id: string
  readonly title: string
  readonly state: 'running' | 'ended'
  readonly started_at: string
  readonly ended_at: string | null
}

export interface Snapshot {
  readonly epoch: string
  readonly position: number
  readonly room: { readonly code: string; readonly title: string }
  readonly live_session: LiveSession
  /** Newest first. */
  readonly surveys: readonly Survey[]
}

export interface Refusal {
  readonly code: string
  readonly message: string
  readonly field?: string
  readonly retry_after_s?: number
}

export interface Entered {
  readonly op: 'entered'
  readonly id: string
  readonly viewer: { readonly id: string; readonly name: string }
  readonly token: string
  readonly now: string
  readonly mine: readonly { readonly question: string; readonly choices: readonly number[] }[]
  readonly snapshot: Snapshot
}

export interface Watching {
  readonly op: 'watching'
  readonly id: string
  readonly now: string
  readonly snapshot: Snapshot
}

export interface Publication {
  readonly op: 'publication'
  readonly channel: string
  readonly position: number
  /** Position of the publication before this one on the same channel. */
  readonly previous: number
  readonly kind: string
  readonly at: string
  readonly survey?: Survey
  readonly live_session?: LiveSession
}

export interface Tally {
  readonly op: 'tally'
  readonly survey: string
  readonly version: number
  readonly answered: number
  readonly expected?: number
  readonly right?: number
  readonly questions?: readonly Pick<Question, 'id' | 'answered' | 'right' | 'counts'>[]
}

export interface Online {
  readonly op: 'online'
  readonly viewers: number
}

/** News that changes the picture a snapshot began. */
export type News = Publication | Tally | Online

export type ServerFrame =
  | Entered
  | Watching
  | News
  | { readonly op: 'accepted'; readonly id: string }
  | { readonly op: 'refused'; readonly id: string | null; readonly error: Refusal }
  | { readonly op: 'pong'; readonly id: string; readonly now: string }

export type ClientCommand =
  | { readonly op: 'enter'; readonly room: string; readonly name?: string; readonly token?: string }
  | { readonly op: 'answer'; readonly question: string; readonly choices: readonly number[] }
  | { readonly op: 'watch'; readonly live_session: string }
  | { readonly op: 'ping' }

/** Codes with which the server, or this client (4900 and above), ends a connection. */
export const ENDING = {
  notAllowed: 4003,
  silent: 4900,
  gap: 4901,
} as const

/** Endings after which coming back by itself would only end the same way: malformed, not text, not UTF-8, too long, not allowed. */
const FINAL: readonly number[] = [1002, 1003, 1007, 1009, ENDING.notAllowed]

/** Whether a client whose connection ended so may come back by itself. */
export function mayReturn(code: number): boolean {
  return !FINAL.includes(code)
}

/** The refusals docs/socket.md says to send again after. */
const PASSING: readonly string[] = ['too_many_in_flight', 'overloaded', 'outcome_unknown', 'internal']

/** Refusals that only say "not now" or "not known": the same command under the same id is sent again, which changes nothing twice. */
export function isPassing(refusal: Refusal): boolean {
  return PASSING.includes(refusal.code)
}
