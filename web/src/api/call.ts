/** One call of the native HTTP API with the login's cookie. Every failure is an ApiError; nothing is retried here. */
import { commandId } from '@/live/command_id'
import type { Refusal } from '@/live/protocol'
import type { Login } from './types'

/** status 0: the server could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly refusal: Refusal,
  ) {
    super(refusal.message)
  }
}

/** The field the server found fault with; null when it was something else. */
export const refusedField = (error: unknown): string | null => (error instanceof ApiError ? (error.refusal.field ?? null) : null)

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

let csrfToken = ''
/** Whose it is: the host's id, '' before anybody is known. */
let tokenOf = ''

/**
 * As request, but a token that the same host's login in another tab has replaced is fetched anew, once. Under somebody else's login nothing
 * is done in the name of who looks at this page: not_logged_in. body: an object goes as JSON, a file as it is.
 */
export async function call<Reply>(method: Method, path: string, body?: object, idempotencyKey?: string): Promise<Reply> {
  try {
    return await request<Reply>(method, path, body, idempotencyKey)
  } catch (error) {
    if (!(error instanceof ApiError) || error.refusal.code !== 'csrf_token_wrong') throw error
    const now = await readLogin()
    if (tokenOf && now.host.id !== tokenOf) throw new ApiError(401, { code: 'not_logged_in', message: 'somebody else is logged in' })
    await keepToken(Promise.resolve(now))
    return request<Reply>(method, path, body, idempotencyKey)
  }
}

/** What was sent and never answered → its key. */
const unanswered = new Map<string, string>()

/** Creates something. When the answer was lost, doing the same again finds what was created instead of creating it twice. */
export async function create<Reply>(path: string, body: object): Promise<Reply> {
  const what = `${path} ${JSON.stringify(body)}`
  const key = unanswered.get(what) ?? commandId()
  unanswered.set(what, key)
  try {
    const reply = await call<Reply>('POST', path, body, key)
    unanswered.delete(what)
    return reply
  } catch (error) {
    if (error instanceof ApiError && error.status >= 400 && error.status < 500) unanswered.delete(what)
    throw error
  }
}

/** A path with its query; what is undefined, null or empty is left out. */
export function withQuery(path: string, query: Record<string, string | number | boolean | null | undefined>): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined || value === null || value === '' ? [] : [[name, String(value)]]))
  return given.length > 0 ? `${path}?${new URLSearchParams(given).toString()}` : path
}

interface Next {
  readonly next: string | null
}

/** Every entry of a list that comes in pages. Only for lists that are never long. */
export async function everyEntry<Entry>(path: string, name: string, limit: number): Promise<Entry[]> {
  const found: Entry[] = []
  for (let after: string | null = null; ; ) {
    const page: Record<string, Entry[]> & Next = await call('GET', withQuery(path, { after, limit }))
    found.push(...(page[name] ?? []))
    after = page.next
    if (!after) return found
  }
}

/** Who is logged in now; nothing is done under that login before keepToken. */
export const readLogin = (): Promise<Login> => request<Login>('GET', '/login')

export async function keepToken(login: Promise<Login>): Promise<Login> {
  const { csrf_token, host } = await login
  csrfToken = csrf_token
  tokenOf = host.id
  return login
}

async function request<Reply>(method: Method, path: string, body?: object, idempotencyKey?: string): Promise<Reply> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  const raw = body instanceof Blob
  if (body) headers['Content-Type'] = raw ? body.type : 'application/json'
  if (idempotencyKey) headers['Idempotency-Key'] = idempotencyKey
  if (method !== 'GET') headers['X-CSRF-Token'] = csrfToken
  let response: Response
  try {
    response = await fetch(`/api/v1${path}`, { method, headers, credentials: 'same-origin', body: raw ? body : body ? JSON.stringify(body) : null })
  } catch {
    throw new ApiError(0, { code: 'unreachable', message: 'the server cannot be reached' })
  }
  const text = await response.text()
  if (response.ok) return (text ? JSON.parse(text) : undefined) as Reply
  throw new ApiError(response.status, refusalIn(text) ?? { code: codeOf(response.status), message: response.statusText })
}

/** The bytes of a public file. */
export async function fetchFile(address: string, signal: AbortSignal): Promise<Uint8Array> {
  let response: Response
  try {
    response = await fetch(address, { headers: { Accept: 'application/json' }, credentials: 'omit', signal })
    if (response.ok) return new Uint8Array(await response.arrayBuffer())
  } catch {
    throw new ApiError(0, { code: 'unreachable', message: 'the server cannot be reached' })
  }
  throw new ApiError(response.status, refusalIn(await response.text()) ?? { code: codeOf(response.status), message: response.statusText })
}

/** What a proxy in between, which knows nothing of our form, means. */
const codeOf = (status: number): string => (status === 413 ? 'body_too_large' : status >= 500 ? 'internal' : 'error')

/** A proxy in between may answer with a page of its own instead of an error in our form. */
function refusalIn(text: string): Refusal | null {
  try {
    const { error } = JSON.parse(text) as { error?: Refusal }
    return error?.code ? error : null
  } catch {
    return null
  }
}
