/** Calls about surveys, their submissions, and pictures. */
import { call, create, everyEntry, withQuery } from './call'
import type { Picture, Submissions, Survey, SurveyDraft } from './types'

const all = (liveSession: string) => `/live-sessions/${encodeURIComponent(liveSession)}/surveys`
const one = (liveSession: string, id: string) => `${all(liveSession)}/${encodeURIComponent(id)}`

export type SurveyMove = 'open' | 'close' | 'publish' | 'settle' | 'withdraw'
export const EXPORT_FORMATS = ['csv', 'xlsx', 'json'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

const PAGE = 200

export const surveys = {
  /** All of a live session, drafts too, newest first. */
  surveys: (liveSession: string) => everyEntry<Survey>(all(liveSession), 'surveys', PAGE),
  createSurvey: (liveSession: string, draft: SurveyDraft) => create<Survey>(all(liveSession), draft),
  editSurvey: (liveSession: string, id: string, draft: SurveyDraft) => call<Survey>('PUT', one(liveSession, id), draft),
  moveSurvey: (liveSession: string, id: string, move: SurveyMove) => call<Survey>('POST', `${one(liveSession, id)}/${move}`),
  /** to: the live session that gets the copy. */
  copySurvey: (liveSession: string, id: string, to: string) => create<Survey>(`${one(liveSession, id)}/copy`, { live_session: to }),

  /** after: `next` of the page before. */
  submissions: (liveSession: string, id: string, after: string | null, limit: number) =>
    call<Submissions>('GET', withQuery(`${one(liveSession, id)}/submissions`, { after, limit })),
  mark: (liveSession: string, id: string, viewer: string, question: string, points: number) =>
    call<Survey>('POST', `${one(liveSession, id)}/marks`, { viewer, question, points }),
  /** An address to fetch a file from. */
  submissionsFile: (liveSession: string, id: string, format: ExportFormat) => `/api/v1${withQuery(`${one(liveSession, id)}/export`, { format })}`,

  /** file: a PNG, JPEG, WebP or GIF; its type must be set. */
  uploadPicture: (file: Blob) => call<Picture>('POST', '/pictures', file),
}
