/** Calls about surveys, their submissions, and pictures. */
import { call, create, everyEntry, withQuery } from './call'
import type { Picture, Submissions, Survey, SurveyDraft, UnansweredPage } from './types'

const all = (liveSession: string) => `/live-sessions/${encodeURIComponent(liveSession)}/surveys`
const one = (liveSession: string, id: string) => `${all(liveSession)}/${encodeURIComponent(id)}`

export type SurveyMove = 'open' | 'close' | 'publish' | 'settle' | 'withdraw'
export const EXPORT_FORMATS = ['csv', 'xlsx', 'json'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

const PAGE = 200

export type SubmissionSort = 'viewer' | 'answered_at' | 'points' | 'right'

/** Which submissions, in which order; what is left out does not matter. choice: with question, an option from 0 or a rating. */
export interface WantedSubmissions {
  readonly search?: string | undefined
  readonly result?: 'right' | 'wrong' | undefined
  readonly points_from?: number | undefined
  readonly points_to?: number | undefined
  readonly question?: string | undefined
  readonly choice?: number | undefined
  readonly sort?: SubmissionSort | undefined
  readonly descending?: boolean | undefined
}

export const surveys = {
  /** All of a live session, drafts too, newest first. */
  surveys: (liveSession: string) => everyEntry<Survey>(all(liveSession), 'surveys', PAGE),
  createSurvey: (liveSession: string, draft: SurveyDraft) => create<Survey>(all(liveSession), draft),
  survey: (liveSession: string, id: string) => call<Survey>('GET', one(liveSession, id)),
  /** revision: of the draft that was seen; one that was changed since is left alone. */
  editSurvey: (liveSession: string, id: string, draft: SurveyDraft, revision?: number) => call<Survey>('PUT', withQuery(one(liveSession, id), { revision }), draft),
  moveSurvey: (liveSession: string, id: string, move: SurveyMove, revision?: number) => call<Survey>('POST', withQuery(`${one(liveSession, id)}/${move}`, { revision })),
  /** to: the live session that gets the copy. */
  copySurvey: (liveSession: string, id: string, to: string) => create<Survey>(`${one(liveSession, id)}/copy`, { live_session: to }),

  /** after: `next` of the page before. */
  submissions: (liveSession: string, id: string, wanted: WantedSubmissions, after: string | null, limit: number) =>
    call<Submissions>('GET', withQuery(`${one(liveSession, id)}/submissions`, { ...wanted, after, limit })),
  /** Who was there and has not answered. */
  unanswered: (liveSession: string, id: string, search: string, after: string | null, limit: number) =>
    call<UnansweredPage>('GET', withQuery(`${one(liveSession, id)}/unanswered`, { search, after, limit })),
  mark: (liveSession: string, id: string, viewer: string, question: string, points: number) =>
    call<Survey>('POST', `${one(liveSession, id)}/marks`, { viewer, question, points }),
  /** An address to fetch a file from. It is ordered by viewer, whatever order is wanted. */
  submissionsFile: (liveSession: string, id: string, format: ExportFormat, wanted: WantedSubmissions = {}) =>
    `/api/v1${withQuery(`${one(liveSession, id)}/export`, { ...wanted, format, sort: undefined, descending: undefined })}`,

  /** file: a PNG, JPEG, WebP or GIF; its type must be set. */
  uploadPicture: (file: Blob) => call<Picture>('POST', '/pictures', file),
}
