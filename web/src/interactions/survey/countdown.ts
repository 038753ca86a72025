import { computed, type ComputedRef } from 'vue'
import type { Survey } from '@/live/protocol'
import { useTicking } from '@/ui/time'

export type Timed = Pick<Survey, 'opened_at' | 'closes_at'> & { readonly state: string }

export interface Countdown {
  /** Milliseconds until the card closes by itself; null: no time limit, or not open. */
  readonly leftMs: number | null
  /** Part of the time that is left, 1 to 0. */
  readonly left: number
  /** calm, then short (a quarter, or ten seconds), then over; the server alone closes the card. */
  readonly mood: 'calm' | 'short' | 'over'
}

const NONE: Countdown = { leftMs: null, left: 1, mood: 'calm' }

/** now: the server's time in milliseconds. What has no limit stays the same while the time goes by, so that its page is not drawn anew. */
export function useCountdown(survey: () => Timed, now: () => number): ComputedRef<Countdown> {
  const moment = useTicking(now, 200)
  return computed(() => (isLimited(survey()) ? countdownOf(survey(), moment.value) : NONE))
}

const isLimited = ({ state, closes_at }: Timed): boolean => state === 'open' && closes_at !== null

export function countdownOf({ state, opened_at, closes_at }: Timed, nowMs: number): Countdown {
  if (state !== 'open' || !opened_at || !closes_at) return NONE
  const whole = Date.parse(closes_at) - Date.parse(opened_at)
  const leftMs = Math.min(whole, Math.max(0, Date.parse(closes_at) - nowMs))
  const short = leftMs < Math.max(10_000, Math.min(whole / 4, 30_000)) && leftMs < whole / 2
  return { leftMs, left: whole > 0 ? leftMs / whole : 0, mood: leftMs === 0 ? 'over' : short ? 'short' : 'calm' }
}
