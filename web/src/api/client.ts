/** Calls of the native HTTP API with the login's cookie. Every failure is an ApiError; nothing is retried here. */
import { commandId } from '@/live/command_id'
import type { Refusal } from '@/live/protocol'
import type { Delivery, DeliveryDetail, Endpoint, EndpointDraft, IdNames, LiveSession, Login, Room, Survey, SurveyDraft, ViewerList } from './types'

/** status 0: the server could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly refusal: Refusal,
  ) {
    super(refusal.message)
  }
}

type Method = 'GET' | 'POST' | 'DELETE'

let csrfToken = ''

/** As request, but a token that another tab's login has replaced is fetched anew, once. */
async function call<Reply>(method: Method, path: string, body?: object, idempotencyKey?: string): Promise<Reply> {
  try {
    return await request<Reply>(method, path, body, idempotencyKey)
  } catch (error) {
    if (!(error instanceof ApiError) || error.refusal.code !== 'csrf_token_wrong') throw error
    await keepToken(request<Login>('GET', '/login'))
    return request<Reply>(method, path, body, idempotencyKey)
  }
}

/** What was sent and never answered → its key. */
const unanswered = new Map<string, string>()

/** Creates something. When the answer was lost, doing the same again finds what was created instead of creating it twice. */
async function create<Reply>(path: string, body: object): Promise<Reply> {
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

async function request<Reply>(method: Method, path: string, body?: object, idempotencyKey?: string): Promise<Reply> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body) headers['Content-Type'] = 'application/json'
  if (idempotencyKey) headers['Idempotency-Key'] = idempotencyKey
  if (method !== 'GET') headers['X-CSRF-Token'] = csrfToken
  let response: Response
  try {
    response = await fetch(`/api/v1${path}`, { method, headers, credentials: 'same-origin', body: body ? JSON.stringify(body) : null })
  } catch {
    throw new ApiError(0, { code: 'unreachable', message: 'the server cannot be reached' })
  }
  const text = await response.text()
  if (response.ok) return (text ? JSON.parse(text) : undefined) as Reply
  throw new ApiError(response.status, refusalIn(text) ?? { code: response.status >= 500 ? 'internal' : 'error', message: response.statusText })
}

/** A proxy in between may answer with a page of its own instead of an error in our form. */
function refusalIn(text: string): Refusal | null {
  try {
    const { error } = JSON.parse(text) as { error?: Refusal }
    return error?.code ? error : null
  } catch {
    return null
  }
}

async function keepToken(login: Promise<Login>): Promise<Login> {
  csrfToken = (await login).csrf_token
  return login
}

const live = (id: string) => `/live-sessions/${encodeURIComponent(id)}`
const survey = (liveSession: string, id: string) => `${live(liveSession)}/surveys/${encodeURIComponent(id)}`

export type SurveyMove = 'open' | 'close' | 'publish'

export const api = {
  logIn: (login: string, password: string) => keepToken(call<Login>('POST', '/login', { login, password })),
  currentLogin: () => keepToken(call<Login>('GET', '/login')),
  logOut: () => call<undefined>('DELETE', '/login'),
  /** Every name of the same thing, in the vendors' interfaces too. */
  idNames: (id: string) => call<IdNames>('GET', `/ids/${encodeURIComponent(id)}`),

  rooms: async () => (await call<{ rooms: Room[] }>('GET', '/rooms')).rooms,
  room: (id: string) => call<Room>('GET', `/rooms/${encodeURIComponent(id)}`),
  createRoom: (title: string) => create<Room>('/rooms', { title }),

  liveSessions: async (room: string) =>
    (await call<{ live_sessions: LiveSession[] }>('GET', `/rooms/${encodeURIComponent(room)}/live-sessions`)).live_sessions,
  liveSession: (id: string) => call<LiveSession>('GET', live(id)),
  startLiveSession: (room: string, title: string) =>
    create<LiveSession>(`/rooms/${encodeURIComponent(room)}/live-sessions`, title ? { title } : {}),
  endLiveSession: (id: string) => call<LiveSession>('POST', `${live(id)}/end`),

  surveys: async (liveSession: string) => (await call<{ surveys: Survey[] }>('GET', `${live(liveSession)}/surveys`)).surveys,
  createSurvey: (liveSession: string, draft: SurveyDraft) => create<Survey>(`${live(liveSession)}/surveys`, draft),
  moveSurvey: (liveSession: string, id: string, move: SurveyMove) => call<Survey>('POST', `${survey(liveSession, id)}/${move}`),

  viewers: (liveSession: string) => call<ViewerList>('GET', `${live(liveSession)}/viewers`),

  deliveries: async (liveSession: string) => (await call<{ deliveries: Delivery[] }>('GET', `${live(liveSession)}/deliveries`)).deliveries,
  delivery: (id: string) => call<DeliveryDetail>('GET', `/deliveries/${encodeURIComponent(id)}`),
  redeliver: (id: string) => call<unknown>('POST', `/deliveries/${encodeURIComponent(id)}/redeliver`),

  endpoints: async () => (await call<{ endpoints: Endpoint[] }>('GET', '/callback-endpoints')).endpoints,
  createEndpoint: (draft: EndpointDraft) => create<Endpoint>('/callback-endpoints', draft),
  removeEndpoint: (id: string) => call<unknown>('DELETE', `/callback-endpoints/${encodeURIComponent(id)}`),
}
