/** The frames of /ws and /live, as the server sends and takes them. Times are RFC 3339 text, ids native text (sv_…, qn_…). */

import type { CheckIn, CheckInTally, Draw, DrawTally, Joining, OwnCheckIn, OwnDraw, WinnerForm } from './activity_protocol'
import type { Announcement, LastSession, Names, Stream } from './room_protocol'
import type { Theme } from '@/ui/theme'

export type * from './activity_protocol'
export type * from './room_protocol'

export type SurveyState = 'draft' | 'open' | 'closed' | 'settled' | 'withdrawn'
export type SurveyKind = 'answer_card' | 'vote' | 'questionnaire' | 'exam'
export type QuestionType = 'choice' | 'true_false' | 'free_form' | 'combined' | 'picture_choice' | 'fill_in' | 'rating' | 'name' | 'mobile' | 'mail'

export interface Question {
  readonly id: string
  readonly type: QuestionType
  readonly title: string
  /** URL path. */
  readonly picture: string | null
  readonly required: boolean
  readonly score: number
  readonly options: readonly string[]
  /** Of the options; empty when none has one. */
  readonly pictures: readonly (string | null)[]
  readonly multiple: boolean
  readonly least: number | null
  readonly most: number | null
  readonly scale: number
  readonly verify: boolean
  /** Numbers from 0. To viewers only once the result is published, like the four below. */
  readonly right_options?: readonly number[]
  readonly accepted?: readonly string[]
  /** People per option, or per rating from 1; empty for texts. */
  readonly counts?: readonly number[]
  readonly answered?: number
  readonly right?: number
  /** To hosts only. */
  readonly by_hand?: boolean
  readonly to_mark?: number
}

/** How many people have so many right answers. */
export interface RightNumber {
  readonly number: number
  readonly count: number
}

export interface Survey {
  readonly id: string
  readonly kind: SurveyKind
  readonly title: string
  /** URL path. */
  readonly cover: string | null
  readonly state: SurveyState
  readonly published: boolean
  readonly anonymous: boolean
  readonly changeable: boolean
  readonly shuffle_questions: boolean
  readonly shuffle_options: boolean
  readonly opened_at: string | null
  readonly closes_at: string | null
  readonly closed_at: string | null
  readonly closed_by: string | null
  /** People who have submitted. */
  readonly answered: number
  /** Grows with every change of the counts. */
  readonly version: number
  readonly questions: readonly Question[]
  /** People who answered everything right. To viewers only once the result is published, like the numbers below. */
  readonly right?: number
  /** Ascending; empty when nothing can be right. */
  readonly right_numbers?: readonly RightNumber[]
  /** To hosts only, like all that follows: people who could answer. */
  readonly expected?: number
  readonly points?: number
  readonly to_mark?: number
  readonly settled_by?: string | null
  readonly template?: string | null
  readonly revision?: number
  readonly created_at?: string
  readonly time_limit_s?: number | null
  readonly publish_on_close?: boolean
}

/** An answer to one question, with what the question asks for. */
export interface Answer {
  readonly question: string
  readonly choices?: readonly number[]
  readonly text?: string
  readonly rating?: number
}

export interface OwnResult {
  readonly right: number
  readonly points: number
  /** Answers nobody has marked yet. */
  readonly to_mark: number
  readonly marks: readonly { readonly question: string; readonly points: number }[]
}

/** What the server holds of a viewer's answers to one survey: what was submitted, else what was saved. */
export interface Own {
  readonly survey: string
  readonly submitted: boolean
  /** None for an anonymous survey. */
  readonly answers: readonly Answer[]
  readonly answered_at: string | null
  /** Once it is published, where anything can be right. */
  readonly result?: OwnResult
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
  readonly room: Room
  readonly stream?: Stream | null
  readonly theme?: Theme
  readonly live_session: LiveSession
  /** Newest first, like the others. */
  readonly surveys: readonly Survey[]
  readonly checkins?: readonly CheckIn[]
  readonly draws?: readonly Draw[]
  /** Newest last; none that was withdrawn. */
  readonly announcements?: readonly Announcement[]
}

export interface Room {
  readonly code: string
  readonly title: string
}

export interface Refusal {
  readonly code: string
  readonly message: string
  readonly field?: string
  readonly retry_after_s?: number
}

/** Either a snapshot, or what was missed since the position we said. */
interface Begun {
  readonly id: string
  readonly now: string
  readonly snapshot?: Snapshot
  readonly resumed?: true
  readonly publications?: readonly Publication[]
  readonly tallies?: readonly AnyTally[]
}

export interface Entered extends Begun {
  readonly op: 'entered'
  readonly viewer: { readonly id: string; readonly name: string; readonly role: string }
  readonly token: string
  readonly mine: readonly Mine[]
}

export interface Watching extends Begun {
  readonly op: 'watching'
  /** To screens only: where the code to join leads, seen from this page. */
  readonly viewer_url?: string
}

/** The room has no running live session; `started` comes when there is one. */
export interface WaitingForHost {
  readonly op: 'waiting'
  readonly id: string
  readonly room: Room
  readonly now: string
  /** To screens only, like what follows. */
  readonly viewer_url?: string
  readonly theme?: Theme
  readonly last?: LastSession
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
  readonly checkin?: CheckIn
  readonly draw?: Draw
  readonly announcement?: Announcement
  readonly live_session?: LiveSession
  readonly room?: Room
  /** With a room. */
  readonly stream?: Stream | null
  readonly theme?: Theme
}

export interface Tally {
  readonly op: 'tally'
  readonly survey: string
  readonly version: number
  readonly answered: number
  readonly right?: number
  readonly points?: number
  readonly to_mark?: number
  readonly right_numbers?: readonly RightNumber[]
  readonly questions?: readonly Pick<Question, 'id' | 'answered' | 'right' | 'to_mark' | 'counts'>[]
}

export type AnyTally = Tally | CheckInTally | DrawTally

export interface Online {
  readonly op: 'online'
  readonly viewers: number
}

/** News that changes the picture a snapshot began. */
export type News = Publication | AnyTally | Online

export type Mine = Own | OwnCheckIn | OwnDraw

/** What is the viewer's own in surveys. */
export function answersOf(mine: readonly Mine[]): Own[] {
  return mine.filter((own) => 'survey' in own)
}

/** News for this viewer alone: each replaces what we knew of that survey, check-in or draw. */
export interface OwnNews {
  readonly op: 'own'
  /** When it was asked for. */
  readonly id?: string
  readonly mine: readonly Mine[]
}

/** How the room looks, told to who is not inside: once, and when it changes. */
export interface LooksNews {
  readonly op: 'theme'
  readonly theme: Theme
}

export type ServerFrame =
  | Entered
  | Watching
  | WaitingForHost
  | News
  | OwnNews
  | Names
  | { readonly op: 'started' }
  | LooksNews
  | { readonly op: 'accepted'; readonly id: string }
  | { readonly op: 'refused'; readonly id: string | null; readonly error: Refusal }
  | { readonly op: 'pong'; readonly id: string; readonly now: string }

export type ClientCommand =
  | { readonly op: 'enter'; readonly room: string; readonly name?: string; readonly token?: string; readonly passcode?: string; readonly pass?: string; readonly extra?: string; readonly epoch?: string; readonly position?: number }
  | { readonly op: 'watch'; readonly live_session: string; readonly epoch?: string; readonly position?: number }
  | { readonly op: 'watch_screen'; readonly room: string; readonly key?: string; readonly epoch?: string; readonly position?: number }
  | { readonly op: 'read_names'; readonly draw: string; readonly of: 'entrants' | 'winners'; readonly after?: number }
  | { readonly op: 'answer' | 'save_draft'; readonly survey: string; readonly answers: readonly Answer[] }
  | Joining
  | ({ readonly op: 'fill_form'; readonly draw: string; readonly prize: string } & WinnerForm)
  | { readonly op: 'read_own' }
  | { readonly op: 'ping' }

/** Longest command the server takes, in bytes; a longer one would end the connection for good. */
export const LONGEST_COMMAND_BYTES = 65_536

/** Codes with which the server, or this client (4900 and above), ends a connection. */
export const ENDING = {
  lost: 1006,
  tooLong: 1009,
  notAllowed: 4003,
  silent: 4900,
  gap: 4901,
} as const

/** Endings after which coming back by itself would only end the same way: malformed, not text, not UTF-8, too long, not allowed. */
const FINAL: readonly number[] = [1002, 1003, 1007, ENDING.tooLong, ENDING.notAllowed]

/** Whether a client whose connection ended so may come back by itself. */
export function mayReturn(code: number): boolean {
  return !FINAL.includes(code)
}

/** The refusals docs/socket.md says to send again after. */
const PASSING: readonly string[] = ['too_many_in_flight', 'too_many_requests', 'overloaded', 'outcome_unknown', 'internal']

/** Refusals that only say "not now" or "not known": the same command under the same id is sent again, which changes nothing twice. */
export function isPassing(refusal: Refusal): boolean {
  return PASSING.includes(refusal.code)
}
