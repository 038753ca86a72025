/** A room's settings between the form and the API. Pure. */
import type { Entry, RoomSettings } from '@/api/types'

export const FEWEST_LETTERS = 4
export const MOST_LETTERS = 32
export const LARGEST_LIMIT = 100_000

export interface SettingsForm {
  title: string
  entry: Entry
  passcode: string
  /** undefined: no limit. */
  viewerLimit: number | null | undefined
}

/** The fields that must be mended first. */
export function settingsProblems(form: SettingsForm): string[] {
  const passcode = form.passcode.trim()
  const short = form.entry === 'passcode' && (passcode.length < FEWEST_LETTERS || passcode.length > MOST_LETTERS)
  return [...(form.title.trim() ? [] : ['title']), ...(short ? ['passcode'] : [])]
}

/** A passcode that is not asked for now stays with the room: whoever turns back to it finds it. */
export function settingsOf(form: SettingsForm): RoomSettings {
  const passcode = form.passcode.trim()
  return {
    title: form.title.trim(),
    entry: form.entry,
    viewer_limit: form.viewerLimit ?? null,
    ...(form.entry === 'passcode' ? { passcode } : {}),
  }
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
