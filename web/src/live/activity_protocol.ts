/** Check-ins and draws as /ws and /live tell them; part of protocol.ts. */
import type { SurveyState } from './protocol'

/** A check-in. To viewers with counts only where the host shows them. */
export interface CheckIn {
  readonly id: string
  readonly title: string
  readonly state: SurveyState
  readonly time_limit_s: number | null
  readonly show_counts: boolean
  readonly opened_at: string | null
  readonly closes_at: string | null
  readonly closed_at: string | null
  readonly closed_by: 'host' | 'time_limit' | 'live_session_end' | null
  /** People who are expected; of them, who has confirmed, also in whole percent; and who has without being expected. */
  readonly expected?: number
  readonly confirmed?: number
  readonly rate?: number
  readonly unexpected?: number
  readonly version?: number
  /** To hosts only, like all that follows. */
  readonly expects?: 'present' | 'list'
  readonly late?: 'counted' | 'not_expected'
  readonly created_at?: string
}

export type DrawState = 'draft' | 'committed' | 'open' | 'closing' | 'closed' | 'drawn' | 'cancelled' | 'timed_out'
export type Who = 'present' | 'tap' | 'word' | 'answered' | 'answered_right' | 'checked_in' | 'list'
export type PrizeType = 'physical' | 'virtual' | 'custom' | 'voucher'
export type FormField = 'name' | 'phone' | 'address'

export interface Prize {
  readonly id: string
  readonly name: string
  readonly count: number
  readonly type: PrizeType
  readonly custom: 'coupon' | 'points' | null
  /** For each winner. */
  readonly points: number | null
  /** What a winner is asked for. */
  readonly asks: readonly FormField[]
  /** How many were drawn. */
  readonly won: number
  /** To hosts only. */
  readonly batch?: string
}

export interface Draw {
  readonly id: string
  readonly title: string
  readonly state: DrawState
  readonly who: Who
  readonly word: string
  readonly weighted: boolean
  /** Who won an earlier prize of this draw may win again; of an earlier draw in this room. */
  readonly repeat_winners: boolean
  readonly earlier_winners: boolean
  readonly entropy: 'drand' | 'offline'
  readonly prizes: readonly Prize[]
  /** How many winners were declared beforehand. */
  readonly preferred: number
  readonly committed_at: string | null
  readonly opened_at: string | null
  /** While it is open: its countdown is running. */
  readonly closes_at: string | null
  readonly closed_at: string | null
  readonly finished_at: string | null
  /** Why it was cancelled, or came to nothing. */
  readonly because: string
  /** People in its list, or so far. */
  readonly entered: number
  readonly version: number
  readonly commitment: string
  readonly commitment_sha256: string
  readonly root: string
  readonly fingerprint: string
  readonly published_at: string | null
  /** Of drand; null offline. */
  readonly round: number | null
  /** When that round is out. */
  readonly decided_at: string | null
  /** The first of each prize. */
  readonly winners: readonly { readonly prize: string; readonly name: string }[]
  /** Path of the proof page. */
  readonly proof: string | null
  /** To hosts only, like all that follows. */
  readonly survey?: string | null
  readonly checkin?: string | null
  readonly countdown_s?: number | null
  readonly with_list?: boolean
  /** prize: its place, from 0. */
  readonly preferred_winners?: readonly { readonly prize: number; readonly viewer: string | null; readonly external_id: string | null }[]
  /** No relay of drand has the round that is out: since when that is known, how long they are asked, and what they answered. */
  readonly entropy_waiting?: { readonly since: string; readonly until: string; readonly problem: string } | null
  readonly created_at?: string
}

/** What is a viewer's own in a draw: that this viewer is in it, or what was won. */
export interface OwnDraw {
  readonly draw: string
  readonly entered: boolean
  /** This viewer in the list and in the proof. */
  readonly code: string
  readonly prizes: readonly { readonly prize: string; readonly filled: boolean }[]
}

export interface WinnerForm {
  readonly name?: string
  readonly phone?: string
  readonly address?: string
}

/** Where the counts of a check-in stand. */
export interface CheckInTally {
  readonly op: 'checkin_tally'
  readonly checkin: string
  readonly version: number
  readonly expected: number
  readonly confirmed: number
  readonly rate: number
  readonly unexpected: number
}

/** How many are in a draw. */
export interface DrawTally {
  readonly op: 'draw_tally'
  readonly draw: string
  readonly version: number
  readonly entered: number
}

/** That this viewer has confirmed a check-in. */
export interface OwnCheckIn {
  readonly checkin: string
  readonly confirmed_at: string
}

/** A viewer takes part. salt: of the viewer's own choice, hex; it goes into the list of an offline draw. */
export type Joining =
  | { readonly op: 'check_in'; readonly checkin: string }
  | { readonly op: 'enter_draw'; readonly draw: string; readonly word?: string; readonly salt?: string }
