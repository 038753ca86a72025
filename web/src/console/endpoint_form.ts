/** A callback endpoint between its form and the API. Pure. */
import type { Endpoint, EndpointDraft, EndpointChange, Ordering } from '@/api/types'
import { dialectOf } from './endpoint_dialects'
import { durationsIn, durationsText } from './durations'

export const LONGEST_TIMEOUT_S = 60
export const MOST_WAITS = 20
export const LONGEST_WAIT_S = 7 * 86_400
export const MOST_AT_ONCE = 64
export const USUAL_AT_ONCE = 16
export const MOST_HEADERS = 20
export const LONGEST_HEADER = 1_024
export const LONGEST_HEADER_NAME = 100
export const LONGEST_URL = 2_048
export const LONGEST_SECRET = 256
const LONGEST_MAIL = 254
export const LARGEST_RATE = 60_000
export const ORDERINGS: readonly Ordering[] = ['dialect', 'live_session', 'free']

/** What the caller itself sets. What a dialect signs with is refused by the server. */
const OURS = ['host', 'content-type', 'content-length', 'transfer-encoding', 'connection', 'user-agent']

export interface HeaderLine {
  name: string
  value: string
}

export interface EndpointForm {
  dialect: string
  name: string
  /** Whether its receiver fetches instead of being called. */
  feed: boolean
  url: string
  /** Asked for a new endpoint only. */
  secret: string
  /** '': every room of the account. */
  room: string
  everyKind: boolean
  kinds: string[]
  switches: Record<string, boolean>
  /** null: what the endpoint has stays; nobody is shown its values. */
  headers: HeaderLine[] | null
  /** PEM; null: what the endpoint has stays. */
  certificate: string | null
  /** undefined: the dialect's. */
  timeoutS: number | null | undefined
  ownWaits: boolean
  waits: string
  nativeTail: boolean
  /** undefined: as many as there are. */
  callsPerMinute: number | null | undefined
  atOnce: number | null | undefined
  ordering: Ordering
  notify: string
}

export function emptyForm(dialect: string): EndpointForm {
  return {
    dialect,
    name: '',
    feed: false,
    url: '',
    secret: '',
    room: '',
    everyKind: true,
    kinds: [],
    switches: {},
    headers: [],
    certificate: '',
    timeoutS: undefined,
    ownWaits: false,
    waits: '',
    nativeTail: false,
    callsPerMinute: undefined,
    atOnce: USUAL_AT_ONCE,
    ordering: 'dialect',
    notify: '',
  }
}

export function formOf(endpoint: Endpoint): EndpointForm {
  const switches = Object.entries(endpoint.options).filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean')
  return {
    ...emptyForm(endpoint.dialect),
    name: endpoint.name,
    feed: endpoint.url === null,
    url: endpoint.url ?? '',
    room: endpoint.room ?? '',
    everyKind: endpoint.kinds.length === 0,
    kinds: [...endpoint.kinds],
    switches: Object.fromEntries(switches),
    headers: endpoint.headers.length > 0 ? null : [],
    certificate: endpoint.client_certificate ? null : '',
    timeoutS: endpoint.timeout_s ?? undefined,
    ownWaits: endpoint.waits_s !== null,
    waits: durationsText(endpoint.waits_s ?? []),
    nativeTail: endpoint.native_tail,
    callsPerMinute: endpoint.calls_per_minute ?? undefined,
    atOnce: endpoint.concurrency,
    ordering: endpoint.ordering,
    notify: endpoint.notify,
  }
}

/** The fields that must be mended first, as the API calls them. */
export function formProblems(form: EndpointForm): string[] {
  const waits = durationsIn(form.waits)
  const strange = waits === null || waits.length > MOST_WAITS || waits.some((seconds) => seconds < 1 || seconds > LONGEST_WAIT_S)
  return [
    ...(form.feed || (/^https?:\/\/[^\s/]+/.test(form.url.trim()) && !isUrlTooLong(form)) ? [] : ['url']),
    ...(form.feed || form.secret.length <= LONGEST_SECRET ? [] : ['secret']),
    ...(form.everyKind || form.kinds.length > 0 ? [] : ['kinds']),
    ...(!form.feed && form.headers && (form.headers.some((line) => isStrange(line) || isHeaderTooLong(line) || isHeaderNameTooLong(line)) || hasTwice(form.headers)) ? ['headers'] : []),
    ...(!form.feed && form.ownWaits && strange ? ['waits_s'] : []),
    ...(form.feed || form.notify.trim() === '' || (/^\S+@\S+$/.test(form.notify.trim()) && form.notify.trim().length <= LONGEST_MAIL) ? [] : ['notify']),
  ]
}

export const isUrlTooLong = ({ url }: EndpointForm): boolean => url.trim().length > LONGEST_URL

export const isHeaderNameTooLong = ({ name }: HeaderLine): boolean => name.trim().length > LONGEST_HEADER_NAME

export const isHeaderTooLong = ({ value }: HeaderLine): boolean => value.trim().length > LONGEST_HEADER

/** The native dialect's own waits are the tail already. */
export const mayHaveTail = ({ dialect, ownWaits }: EndpointForm): boolean => dialect !== 'native' || ownWaits

/** A line without anything in it does not count. */
function isStrange({ name, value }: HeaderLine): boolean {
  if (!name.trim() && !value.trim()) return false
  return !/^[\w!#$%&'*+.^`|~-]+$/.test(name.trim()) || OURS.includes(name.trim().toLowerCase())
}

/** The later of two would silently take the place of the earlier. */
function hasTwice(lines: readonly HeaderLine[]): boolean {
  const names = lines.map(({ name }) => name.trim().toLowerCase()).filter(Boolean)
  return new Set(names).size < names.length
}

/** A new endpoint: what is as usual is left out. */
export function draftOf(form: EndpointForm): EndpointDraft {
  const usual = settingsOf(emptyForm(form.dialect))
  const wanted = Object.entries(settingsOf(form)).filter(([name, value]) => !isSame(value, usual[name as keyof EndpointChange]))
  return { dialect: form.dialect, ...(Object.fromEntries(wanted) as EndpointChange), ...(form.secret && !form.feed ? { secret: form.secret } : {}) }
}

/** What differs from the endpoint as it is. */
export function changeOf(form: EndpointForm, endpoint: Endpoint): EndpointChange {
  const before = settingsOf(formOf(endpoint))
  const changed = Object.entries(settingsOf(form)).filter(([name, value]) => !isSame(value, before[name as keyof EndpointChange]))
  const change = Object.fromEntries(changed) as EndpointChange
  if (!change.options) return change
  const known = dialectOf(form.dialect)?.switches ?? []
  // those this page has no switch for stay as they are
  const others = Object.entries(endpoint.options).filter(([name]) => !known.includes(name))
  return { ...change, options: { ...Object.fromEntries(others), ...change.options } }
}

function settingsOf(form: EndpointForm): EndpointChange {
  const switches = (dialectOf(form.dialect)?.switches ?? []).filter((name) => form.switches[name]).map((name) => [name, true] as const)
  const shared: EndpointChange = { name: form.name.trim(), room: form.room || null, kinds: form.everyKind ? [] : [...form.kinds].sort(), options: Object.fromEntries(switches) }
  if (form.feed) return shared
  return {
    ...shared,
    url: form.url.trim(),
    ...(form.headers ? { headers: headersOf(form.headers) } : {}),
    ...(form.certificate === null ? {} : { client_certificate: form.certificate.trim() || null }),
    timeout_s: form.timeoutS ?? null,
    waits_s: form.ownWaits ? durationsIn(form.waits) : null,
    native_tail: form.nativeTail && mayHaveTail(form),
    calls_per_minute: form.callsPerMinute ?? null,
    concurrency: form.atOnce ?? USUAL_AT_ONCE,
    ordering: form.ordering,
    notify: form.notify.trim(),
  }
}

function headersOf(lines: readonly HeaderLine[]): Record<string, string> | null {
  const named = lines.filter(({ name }) => name.trim())
  return named.length > 0 ? Object.fromEntries(named.map(({ name, value }) => [name.trim(), value.trim()])) : null
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
