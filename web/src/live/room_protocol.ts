/** What a room shows besides its surveys, check-ins and draws; a part of protocol.ts. */

/** What a host tells everybody. text: '' once it is withdrawn, to viewers. */
export interface Announcement {
  readonly id: string
  readonly text: string
  readonly made_at: string
  readonly withdrawn_at: string | null
  /** To hosts only. */
  readonly host?: { readonly id: string; readonly name: string }
}

/** What viewers watch. url: of an HLS playlist, https or a path of the server. */
export interface Stream {
  readonly url: string
}

/** A live session that has ended. viewers: different people. answers: submissions to its surveys. */
export interface LastSession {
  readonly title: string
  readonly ended_at: string
  readonly viewers: number
  readonly answers: number
}

/** Somebody in a draw, as a hall reads it. prize: what was won; null for who takes part. */
export interface ScreenName {
  readonly prize: string | null
  readonly name: string
}

/** A page of names that a screen has asked for. */
export interface Names {
  readonly op: 'names'
  readonly id: string
  readonly names: readonly ScreenName[]
  readonly next: number | null
}
