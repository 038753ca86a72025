/** Calls about draws. */
import { call, create, everyEntry, withQuery } from './call'
import type { Draw, DrawDraft, DrawEdit, Entrants, EntrantDraft, EntrantsAdded, Winner, Winners } from './types'

const all = (liveSession: string) => `/live-sessions/${encodeURIComponent(liveSession)}/draws`
const one = (liveSession: string, id: string) => `${all(liveSession)}/${encodeURIComponent(id)}`

export type DrawMove = 'commit' | 'open'

/** As usePaged wants it. */
export interface WinnersPage {
  readonly winners: readonly Winner[]
  readonly next: string | null
}

const PAGE = 200

export const draws = {
  /** All of a live session, drafts too, newest first. */
  draws: (liveSession: string) => everyEntry<Draw>(all(liveSession), 'draws', PAGE),
  createDraw: (liveSession: string, draft: DrawDraft) => create<Draw>(all(liveSession), draft),
  /** Of a draft. Without entrants its list stays as it is. */
  editDraw: (liveSession: string, id: string, draft: DrawEdit) => call<Draw>('PUT', one(liveSession, id), draft),
  addEntrants: (liveSession: string, id: string, entrants: readonly EntrantDraft[]) => call<EntrantsAdded>('POST', `${one(liveSession, id)}/entrants`, { entrants }),
  draw: (liveSession: string, id: string) => call<Draw>('GET', one(liveSession, id)),
  entrants: (liveSession: string, id: string, after: string | null, limit: number) => call<Entrants>('GET', withQuery(`${one(liveSession, id)}/entrants`, { after, limit })),
  moveDraw: (liveSession: string, id: string, move: DrawMove) => call<Draw>('POST', `${one(liveSession, id)}/${move}`),
  /** countdownS: entries end in so many seconds; 0: now. */
  closeDraw: (liveSession: string, id: string, countdownS: number) => call<Draw>('POST', `${one(liveSession, id)}/close`, { countdown_s: countdownS }),
  cancelDraw: (liveSession: string, id: string, because: string) => call<Draw>('POST', `${one(liveSession, id)}/cancel`, { because }),
  winners: async (liveSession: string, id: string, after: string | null, limit: number): Promise<WinnersPage> => {
    const { winners, next } = await call<Winners>('GET', withQuery(`${one(liveSession, id)}/winners`, { after, limit }))
    return { winners, next: next === null ? null : String(next) }
  },
  /** An address to fetch a file from; language: of its column names. */
  winnersFile: (liveSession: string, id: string, language: 'en' | 'zh') => `/api/v1${withQuery(`${one(liveSession, id)}/winners.csv`, { language })}`,
}
