/** A room's settings between the form and the API. Pure. */
import type { Entry, Room, RoomSettings } from '@/api/types'
import { localMoment, momentOf } from './delivery_filter'

export const FEWEST_LETTERS = 4
export const MOST_LETTERS = 32
export const LARGEST_LIMIT = 100_000

export interface SettingsForm {
  title: string
  entry: Entry
  passcode: string
  /** undefined: no limit. */
  viewerLimit: number | null | undefined
  streamUrl: string
  /** Origins, one in a line. */
  streamOrigins: string
  embedOrigins: string
  /** As the field of date and time has it; '' for none. */
  nextStart: string
  nextTitle: string
}

/** The fields that must be mended first. */
export function settingsProblems(form: SettingsForm): string[] {
  const passcode = form.passcode.trim()
  const short = form.entry === 'passcode' && (passcode.length < FEWEST_LETTERS || passcode.length > MOST_LETTERS)
  return [...(form.title.trim() ? [] : ['title']), ...(short ? ['passcode'] : [])]
}

/**
 * A passcode that is not asked for now stays with the room: whoever turns back to it finds it. What is planned is said only when it was
 * changed here: a start may have cleared it since, and its time may have passed.
 */
export function settingsOf(form: SettingsForm, before: SettingsForm): RoomSettings {
  const passcode = form.passcode.trim()
  return {
    title: form.title.trim(),
    entry: form.entry,
    viewer_limit: form.viewerLimit ?? null,
    stream_url: form.streamUrl.trim() || null,
    stream_origins: linesOf(form.streamOrigins),
    embed_origins: linesOf(form.embedOrigins),
    ...(form.entry === 'passcode' ? { passcode } : {}),
    ...(form.nextStart === before.nextStart ? {} : { next_start_at: momentOf(form.nextStart) ?? null }),
    ...(form.nextTitle === before.nextTitle ? {} : { next_title: form.nextTitle.trim() }),
  }
}

/** The form of a room as it is; null: it is not known yet. */
export function formOf(room: Room | null): SettingsForm {
  return {
    title: room?.title ?? '',
    entry: room?.entry ?? 'open',
    passcode: room?.passcode ?? '',
    viewerLimit: room?.viewer_limit ?? undefined,
    streamUrl: room?.stream_url ?? '',
    streamOrigins: room?.stream_origins.join('\n') ?? '',
    embedOrigins: room?.embed_origins.join('\n') ?? '',
    nextStart: room?.next_start_at ? localMoment(Date.parse(room.next_start_at)) : '',
    nextTitle: room?.next_title ?? '',
  }
}

const linesOf = (text: string): string[] => text.split('\n').flatMap((line) => line.trim() || [])

/** The line in a site's page that places the room there. url: of the room's page. */
export function embedExample(code: string, url: string): string {
  return `<script src="${new URL('/embed.js', url).href}" data-room="${code}" async></script>`
}

/** How the customer's own login signs a pass for a viewer: five lines of Python. url: of the room's page. */
export function signingExample(key: string, kid: string, url: string): string {
  return [
    'import time, jwt  # pip install pyjwt',
    `key, kid = "${key}", "${kid}"`,
    'claims = {"sub": "42", "name": "Ada", "exp": int(time.time()) + 3600}',
    'signed = jwt.encode(claims, key, algorithm="HS256", headers={"kid": kid})',
    `print(f"${url}#pass={signed}")`,
  ].join('\n')
}
