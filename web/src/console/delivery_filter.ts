/** Which deliveries a list shows, as its address says it. Pure. */
import type { LocationQuery } from 'vue-router'
import type { DeliveryFilter } from '@/api/callbacks'

/** since: the last so many hours; range: between two moments. */
export type Time = 'any' | '1h' | '24h' | '7d' | 'range'
export const TIMES: readonly Time[] = ['any', '1h', '24h', '7d', 'range']
export const STATES: readonly string[] = ['', 'due', 'retrying', 'succeeded', 'failed', 'cancelled']

const HOURS: Readonly<Partial<Record<Time, number>>> = { '1h': 1, '24h': 24, '7d': 168 }
const HOUR_MS = 3_600_000

export interface Choice {
  state: string
  kind: string
  endpoint: string
  room: string
  time: Time
  /** As the browser's field for a moment writes it, in the reader's own zone. */
  from: string
  to: string
}

const TEXTS = ['state', 'kind', 'endpoint', 'room', 'from', 'to'] as const

export function choiceOf(query: LocationQuery): Choice {
  const text = (name: string) => (typeof query[name] === 'string' ? query[name] : '')
  const time = TIMES.find((known) => known === text('time')) ?? 'any'
  return { state: text('state'), kind: text('kind'), endpoint: text('endpoint'), room: text('room'), time, from: text('from'), to: text('to') }
}

/** What is not chosen leaves the address short. */
export function queryOf(choice: Choice): Record<string, string> {
  const texts = TEXTS.map((name) => [name, choice[name]] as const).filter(([name, value]) => value && (choice.time === 'range' || (name !== 'from' && name !== 'to')))
  return Object.fromEntries([...texts, ...(choice.time === 'any' ? [] : [['time', choice.time] as const])])
}

export const isChosen = (choice: Choice): boolean => Object.keys(queryOf(choice)).length > 0

/** now: milliseconds since 1970. */
export function filterOf(choice: Choice, now: number): DeliveryFilter {
  const { from, to } = spanOf(choice, now)
  return { state: choice.state, kind: choice.kind, endpoint: choice.endpoint, room: choice.room, from, to }
}

function spanOf({ time, from, to }: Choice, now: number): { from?: string | undefined; to?: string | undefined } {
  const hours = HOURS[time]
  if (hours !== undefined) return { from: new Date(now - hours * HOUR_MS).toISOString() }
  return time === 'range' ? { from: momentOf(from), to: momentOf(to) } : {}
}

/** RFC 3339; undefined for what is no moment. */
export function momentOf(local: string): string | undefined {
  const at = Date.parse(local)
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}

/** As the browser's field for a moment writes it. */
export function localMoment(at: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const date = new Date(at)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`
}
