/**
 * The frames of /ws and /live, as the server sends and takes them, under the names this client has for them. Their types are made from
 * docs/asyncapi.json, where each has its words. Times are RFC 3339 text, ids native text (sv_…, qn_…), pictures URL paths.
 */
import type { components } from './schema'

type Said = components['schemas']

export type SurveyState = Said['State']
export type SurveyKind = Said['SurveyKind']
export type QuestionType = Said['QuestionType']
export type Question = Said['QuestionView']
export type RightNumber = Said['RightNumber']
export type Survey = Said['SurveyView']
/** An answer to one question, with what the question asks for. */
export type Answer = Said['AnswerView']
export type OwnResult = Said['OwnResultView']
/** What the server holds of a viewer's answers to one survey: what was submitted, else what was saved. */
export type Own = Said['Own']

/** A check-in. To viewers with counts only where the host shows them. */
export type CheckIn = Said['CheckInView']
export type OwnCheckIn = Said['OwnCheckIn']

export type DrawState = Said['DrawState']
export type Who = Said['Who']
export type PrizeType = Said['PrizeType']
export type FormField = Said['FormField']
export type Prize = Said['PrizeView']
export type Draw = Said['DrawView']
/** What is a viewer's own in a draw: that this viewer is in it, or what was won. */
export type OwnDraw = Said['OwnDrawView']
export type WinnerForm = Omit<Command<'FillFormMessage'>, 'op' | 'draw' | 'prize'>
/** Somebody in a draw, as a hall reads it. */
export type ScreenName = Said['NameView']

export type Announcement = Said['AnnouncementView']
export type LiveSession = Said['PublicLiveSession']
export type Room = Said['PublicRoom']
/** What viewers watch. url: of an HLS playlist, https or a path of the server. */
export type Stream = Said['PublicStream']
/** accent: #rrggbb; null: the product's own. */
export type Theme = Said['ThemeView']
/** What is planned for the room's next live session. */
export type Next = Said['PublicNext']
export type LastSession = Said['LastSession']
export type Snapshot = Said['SnapshotBody']
export type Refusal = Said['Reason']

export type Entered = Said['EnteredMessage']
export type Watching = Said['WatchingMessage']
/** The room has no running live session; `started` comes when there is one. */
export type WaitingForHost = Said['WaitingMessage']
export type Publication = Said['PublicationMessage']
export type Tally = Said['TallyMessage']
export type CheckInTally = Said['CheckInTallyMessage']
export type DrawTally = Said['DrawTallyMessage']
export type AnyTally = Tally | CheckInTally | DrawTally
export type Online = Said['OnlineMessage']
/** News that changes the picture a snapshot began. */
export type News = Publication | AnyTally | Online
export type Names = Said['NamesMessage']
export type Confirmed = Said['ConfirmedMessage']

export type Mine = Own | OwnCheckIn | OwnDraw

/** What is the viewer's own in surveys. */
export function answersOf(mine: readonly Mine[]): Own[] {
  return mine.filter((own) => 'survey' in own)
}

/** News for this viewer alone: each replaces what we knew of that survey, check-in or draw. */
export type OwnNews = Said['OwnMessage']
/** How the room looks and what is planned, told to who is not inside: once, and when it changes. */
export type LooksNews = Said['ThemeMessage']

export type ServerFrame = Entered | Watching | WaitingForHost | News | OwnNews | Names | Confirmed | LooksNews | Said['StartedMessage' | 'AcceptedMessage' | 'RefusedMessage' | 'PongMessage']

/** What this client says; the line gives it its id. */
type Command<Name extends keyof Said> = Name extends unknown ? Omit<Said[Name], 'id'> : never

/** A viewer takes part. */
export type Joining = Command<'CheckInMessage' | 'EnterDrawMessage'>
export type ClientCommand = Joining | Command<'EnterMessage' | 'WatchMessage' | 'WatchScreenMessage' | 'ReadNamesMessage' | 'ReadConfirmedMessage' | 'AnswerMessage' | 'SaveDraftMessage' | 'FillFormMessage' | 'ReadOwn' | 'Ping'>

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
