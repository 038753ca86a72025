/** Calls about the account: its people, its keys, and what was done. */
import { call, create, everyEntry, keepToken, withQuery } from './call'
import type { ApiKey, AuditRecords, HostRole, Joining, JoinLink, JoinLook, Login, Member, NewApiKey, NewJoinLink } from './types'

const PAGE = 200

/** Which records; what is left out does not matter. actor: of a member or API key. from, to: RFC 3339. */
export interface AuditFilter {
  readonly kind?: string | undefined
  readonly actor?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

const member = (id: string) => `/members/${encodeURIComponent(id)}`

export const account = {
  members: () => everyEntry<Member>('/members', 'members', PAGE),
  changeMember: (id: string, change: { name?: string; role?: HostRole }) => call<Member>('PATCH', member(id), change),
  removeMember: (id: string) => call<undefined>('DELETE', member(id)),

  joinLinks: () => everyEntry<JoinLink>('/join-links', 'join_links', PAGE),
  /** Its address comes this one time. */
  createJoinLink: (role: HostRole, label: string, days: number) => create<NewJoinLink>('/join-links', { role, label, days }),
  revokeJoinLink: (id: string) => call<undefined>('DELETE', `/join-links/${encodeURIComponent(id)}`),
  lookAtJoinLink: (secret: string) => call<JoinLook>('POST', '/join/look', { secret }),
  /** Logs in whoever has joined. */
  join: (joining: Joining) => keepToken(call<Login>('POST', '/join', joining)),

  apiKeys: () => everyEntry<ApiKey>('/api-keys', 'api_keys', PAGE),
  /** The key comes this one time. */
  createApiKey: (label: string) => create<NewApiKey>('/api-keys', { label }),
  revokeApiKey: (id: string) => call<undefined>('DELETE', `/api-keys/${encodeURIComponent(id)}`),

  auditRecords: (filter: AuditFilter, after: string | null, limit: number) => call<AuditRecords>('GET', withQuery('/audit', { ...filter, after, limit })),
  /** The address of the same as a file. */
  auditFile: (filter: AuditFilter) => `/api/v1${withQuery('/audit/export', { ...filter })}`,
}
