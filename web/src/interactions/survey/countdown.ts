import { computed, type ComputedRef } from 'vue'
import type { Survey } from '@/live/protocol'
import { useTicking } from '@/ui/time'

export interface Countdown {
  /** Milliseconds until the card closes by itself; null: no time limit, or not open. */
  readonly leftMs: number | null
  /** Part of the time that is left, 1 to 0. */
  readonly left: number
  /** calm, then short (a quarter, or ten seconds), then over; the server alone closes the card. */
  readonly mood: 'calm' | 'short' | 'over'
}

/** now: the server's time in milliseconds. */
export function useCountdown(survey: () => Survey, now: () => number): ComputedRef<Countdown> {
  const moment = useTicking(now, 200)
  return computed(() => countdownOf(survey(), moment.value))
}

export function countdownOf({ state, opened_at, closes_at }: Survey, nowMs: number): Countdown {
  if (state !== 'open' || !opened_at || !closes_at) return { leftMs: null, left: 1, mood: 'calm' }
  const whole = Date.parse(closes_at) - Date.parse(opened_at)
  const leftMs = Math.min(whole, Math.max(0, Date.parse(closes_at) - nowMs))
  const short = leftMs < Math.max(10_000, Math.min(whole / 4, 30_000)) && leftMs < whole / 2
  return { leftMs, left: whole > 0 ? leftMs / whole : 0, mood: leftMs === 0 ? 'over' : short ? 'short' : 'calm' }
}
