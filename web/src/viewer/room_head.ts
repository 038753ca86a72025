/** What the server has put into the head of a room's page: how it looks, and who may frame it, before anybody has entered. */
import { PLAIN, type Theme } from '@/ui/theme'

export interface RoomHead {
  readonly theme: Theme
  /** Origins. */
  readonly embed: readonly string[]
}

/** Of the page as it was loaded; nothing where its server is the one for development. */
export function roomHead(): RoomHead {
  const told = document.querySelector<HTMLMetaElement>('meta[name="turnout-room"]')?.content
  return told ? (JSON.parse(told) as RoomHead) : { theme: PLAIN, embed: [] }
}
