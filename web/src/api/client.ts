/** The native HTTP API, call by call. */
import { account } from './account'
import { call, create, everyEntry, keepToken, readLogin, withQuery } from './call'
import { callbacks } from './callbacks'
import { checkins } from './checkins'
import { draws } from './draws'
import { liveSessions } from './live_sessions'
import { ownLogin } from './own_login'
import { people } from './people'
import { surveys } from './surveys'
import { templates } from './templates'
import type { IdNames, LiveSession, LiveSessions, Room, Theme, ThemeDraft } from './types'

export { ApiError } from './call'
export type { CheckInMove } from './checkins'
export type { DrawMove } from './draws'
export type { SurveyMove } from './surveys'

const live = (id: string) => `/live-sessions/${encodeURIComponent(id)}`

export const api = {
  ...account,
  ...callbacks,
  ...checkins,
  ...draws,
  ...liveSessions,
  ...ownLogin,
  ...people,
  ...surveys,
  ...templates,

  currentLogin: () => keepToken(readLogin()),
  readLogin,
  keepToken,
  logOut: () => call<undefined>('DELETE', '/login'),
  /** Every name of the same thing, in the vendors' interfaces too. */
  idNames: (id: string) => call<IdNames>('GET', `/ids/${encodeURIComponent(id)}`),

  theme: () => call<Theme>('GET', '/account/theme'),
  /** The whole of it. */
  setTheme: (draft: ThemeDraft) => call<Theme>('PUT', '/account/theme', draft),

  rooms: () => everyEntry<Room>('/rooms', 'rooms', 200),
  room: (id: string) => call<Room>('GET', `/rooms/${encodeURIComponent(id)}`),
  createRoom: (title: string) => create<Room>('/rooms', { title }),

  liveSessions: (room: string, after: string | null = null, limit: number | null = null) =>
    call<LiveSessions>('GET', withQuery(`/rooms/${encodeURIComponent(room)}/live-sessions`, { after, limit })),
  liveSession: (id: string) => call<LiveSession>('GET', live(id)),
  startLiveSession: (room: string, title: string) =>
    create<LiveSession>(`/rooms/${encodeURIComponent(room)}/live-sessions`, title ? { title } : {}),
  endLiveSession: (id: string) => call<LiveSession>('POST', `${live(id)}/end`),
}
