/** An endpoint's hours as bars of a small chart. Pure. */
import type { Hour } from '@/api/types'

const HOUR_MS = 3_600_000

/** from, to: milliseconds since 1970. What happened between them. */
export interface Bar {
  readonly from: number
  readonly to: number
  readonly accepted: number
  readonly failed: number
}

export interface Sums {
  readonly accepted: number
  readonly failed: number
  /** Of one attempt; null without any. */
  readonly meanMs: number | null
}

/** Bars of hoursEach hours, the last one ending with the hour that is going on now. Hours nobody was called in are bars of nothing. */
export function barsOf(hours: readonly Hour[], days: number, hoursEach: number, now: number): Bar[] {
  const end = (Math.floor(now / HOUR_MS) + 1) * HOUR_MS
  const eachMs = hoursEach * HOUR_MS
  const count = Math.ceil((days * 24) / hoursEach)
  const first = end - count * eachMs
  const bars = Array.from({ length: count }, (_, n) => ({ from: first + n * eachMs, to: first + (n + 1) * eachMs, accepted: 0, failed: 0 }))
  for (const { hour, accepted, failed } of hours) {
    const bar = bars[Math.floor((Date.parse(hour) - first) / eachMs)]
    if (!bar) continue
    bar.accepted += accepted
    bar.failed += failed
  }
  return bars
}

/** Of the hours at or after `since`. */
export function sumsOf(hours: readonly Hour[], since = 0): Sums {
  const counted = hours.filter(({ hour }) => Date.parse(hour) >= since)
  const sum = (of: (hour: Hour) => number) => counted.reduce((total, hour) => total + of(hour), 0)
  const attempts = sum(({ accepted, failed }) => accepted + failed)
  return { accepted: sum(({ accepted }) => accepted), failed: sum(({ failed }) => failed), meanMs: attempts > 0 ? Math.round(sum(({ accepted, failed, mean_ms: mean }) => (accepted + failed) * mean) / attempts) : null }
}

/** How high a bar's two pieces are. Whatever happened can be seen, be it once among thousands. */
export function heightsOf({ accepted, failed }: Bar, most: number, fullPx: number): { accepted: number; failed: number } {
  const px = (count: number) => (count === 0 ? 0 : Math.max(2, (count / Math.max(1, most)) * fullPx))
  const wanted = { accepted: px(accepted), failed: px(failed) }
  const over = Math.max(0, wanted.accepted + wanted.failed - fullPx)
  return wanted.accepted >= wanted.failed ? { ...wanted, accepted: wanted.accepted - over } : { ...wanted, failed: wanted.failed - over }
}
