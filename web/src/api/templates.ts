/** Calls about the question bank. */
import { call, create, withQuery } from './call'
import type { ExportFormat } from './surveys'
import type { ImportReply, Survey, Template, TemplateDraft, Templates } from './types'

const one = (id: string) => `/templates/${encodeURIComponent(id)}`
/** Of the column names in a file. */
const languageOf = (locale: string) => (locale.startsWith('zh') ? 'zh' : 'en')

export const templates = {
  templates: (search: string, after: string | null, limit: number) =>
    call<Templates>('GET', withQuery('/templates', { search, after, limit })),
  template: (id: string) => call<Template>('GET', one(id)),
  createTemplate: (draft: TemplateDraft) => create<Template>('/templates', draft),
  editTemplate: (id: string, draft: TemplateDraft) => call<Template>('PUT', one(id), draft),
  removeTemplate: (id: string) => call<unknown>('DELETE', one(id)),
  /** Addresses to fetch files from. */
  templateFile: (id: string, format: ExportFormat, locale: string) => `/api/v1${withQuery(`${one(id)}/export`, { format, language: languageOf(locale) })}`,
  sampleFile: (format: ExportFormat, locale: string) => `/api/v1${withQuery('/templates/sample', { format, language: languageOf(locale) })}`,

  /** What a file holds and what is wrong with it; nothing is kept. file: its type says which format. */
  tryImport: (file: Blob) => call<ImportReply>('POST', withQuery('/templates/import', { dry_run: true }), file),
  /** Keeps all of it, or nothing where anything is wrong. key: the same for another try with the same file. */
  importTemplates: (file: Blob, key: string) => call<ImportReply>('POST', '/templates/import', file, key),

  /** A draft in a live session. */
  useTemplate: (liveSession: string, template: string) =>
    create<Survey>(`/live-sessions/${encodeURIComponent(liveSession)}/surveys/from-template`, { template }),
  keepSurvey: (liveSession: string, survey: string) => create<Template>('/templates/from-survey', { live_session: liveSession, survey }),
}
