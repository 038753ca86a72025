/** Calls about viewers, and about who may enter a room. */
import { call, withQuery } from './call'
import type { Blocks, EntryKey, NewEntryKey, Room, RoomSettings, ScreenLink, Viewers } from './types'

const live = (id: string) => `/live-sessions/${encodeURIComponent(id)}`
const room = (id: string) => `/rooms/${encodeURIComponent(id)}`

export const people = {
  viewers: (liveSession: string, search: string, after: string | null, limit: number) =>
    call<Viewers>('GET', withQuery(`${live(liveSession)}/viewers`, { search, after, limit })),
  kick: (liveSession: string, viewer: string) => call<unknown>('POST', `${live(liveSession)}/viewers/${encodeURIComponent(viewer)}/kick`),
  block: (roomId: string, viewer: string) => call<unknown>('POST', `${room(roomId)}/viewers/${encodeURIComponent(viewer)}/block`),
  unblock: (roomId: string, viewer: string) => call<unknown>('DELETE', `${room(roomId)}/viewers/${encodeURIComponent(viewer)}/block`),
  blocks: (roomId: string, after: string | null, limit: number) => call<Blocks>('GET', withQuery(`${room(roomId)}/blocks`, { after, limit })),

  /** A new screen link, told this once; the one before stops. */
  makeScreenLink: (roomId: string) => call<ScreenLink>('PUT', `${room(roomId)}/screen-link`),
  endScreenLink: (roomId: string) => call<undefined>('DELETE', `${room(roomId)}/screen-link`),
  editRoom: (roomId: string, settings: RoomSettings) => call<Room>('PATCH', room(roomId), settings),
  entryKeys: async () => (await call<{ entry_keys: EntryKey[] }>('GET', '/account/entry-keys')).entry_keys,
  /** A new key, told this once. endEarlier: those before it stop working at once, not after a day. */
  createEntryKey: (endEarlier: boolean) => call<NewEntryKey>('POST', '/account/entry-key', { end_earlier: endEarlier }),
}
