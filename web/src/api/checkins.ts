/** Calls about check-ins. */
import { call, create, everyEntry, withQuery } from './call'
import type { CheckIn, CheckInDraft, CheckInEdit, CheckInPeople } from './types'

const all = (liveSession: string) => `/live-sessions/${encodeURIComponent(liveSession)}/checkins`
const one = (liveSession: string, id: string) => `${all(liveSession)}/${encodeURIComponent(id)}`

export type CheckInMove = 'open' | 'close' | 'withdraw'

const PAGE = 200

export const checkins = {
  /** All of a live session, drafts too, newest first. */
  checkins: (liveSession: string) => everyEntry<CheckIn>(all(liveSession), 'checkins', PAGE),
  createCheckIn: (liveSession: string, draft: CheckInDraft) => create<CheckIn>(all(liveSession), draft),
  /** Of a draft. Without people its list stays as it is. */
  editCheckIn: (liveSession: string, id: string, draft: CheckInEdit) => call<CheckIn>('PUT', one(liveSession, id), draft),
  moveCheckIn: (liveSession: string, id: string, move: CheckInMove) => call<CheckIn>('POST', `${one(liveSession, id)}/${move}`),
  /** confirmed: only who has, or only who has not; null: everybody. */
  checkInPeople: (liveSession: string, id: string, confirmed: boolean | null, after: string | null, limit: number) =>
    call<CheckInPeople>('GET', withQuery(`${one(liveSession, id)}/people`, { after, limit, confirmed })),
}
