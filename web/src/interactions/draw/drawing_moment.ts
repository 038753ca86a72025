/** How a draw looks between the end of its entries and its winners, whatever the server's speed: it rolls long enough to be seen, and not for ever. */
import { computed, ref, watch, type ComputedRef } from 'vue'
import type { Draw } from '@/live/protocol'
import { scrolling } from '@/ui/motion'
import { useTicking } from '@/ui/time'
import { isRolling } from './draw'

/** A draw from a promised seed takes a tenth of a second: nobody would see that anything was drawn. */
export const LEAST_ROLLING_MS = 2_500
export const LONGEST_ROLLING_MS = 15_000
/** A round reaches the server a moment after it is out. */
export const LATE_AFTER_MS = 5_000

/** rolling: something moves; waiting: it takes longer, and words say so; null: its own state says it all. */
export type DrawingMoment = 'rolling' | 'waiting' | null

/** The round that decides it was due a while ago, and nothing came. */
export const isLate = ({ state, decided_at }: Draw, nowMs: number): boolean => state === 'closed' && decided_at !== null && nowMs >= Date.parse(decided_at) + LATE_AFTER_MS

/** since: when this page saw its entries end; null: it did not. still: nothing may move, so there is nothing to wait for. */
export function momentOf(draw: Draw, since: number | null, nowMs: number, still: boolean): DrawingMoment {
  if (!isRolling(draw)) return draw.state === 'drawn' && !still && since !== null && nowMs < since + LEAST_ROLLING_MS ? 'rolling' : null
  const due = draw.decided_at ? Date.parse(draw.decided_at) + LATE_AFTER_MS : 0
  const ended = draw.closed_at ? Date.parse(draw.closed_at) : (since ?? nowMs)
  return nowMs >= Math.max(due, ended + LONGEST_ROLLING_MS) ? 'waiting' : 'rolling'
}

const TICK_MS = 200

export function useDrawingMoment(draw: () => Draw, now: () => number): ComputedRef<DrawingMoment> {
  const since = ref<number | null>(null)
  const moment = useTicking(now, TICK_MS)
  watch(
    () => draw().state,
    (state, before) => {
      const ends = isRolling(draw()) || (state === 'drawn' && before !== undefined)
      if (ends && since.value === null) since.value = now()
    },
    { immediate: true },
  )
  // the clock of a page that was behind stands still: it must not find the winners older than they are
  return computed(() => momentOf(draw(), since.value, Math.max(moment.value, since.value ?? 0), scrolling() === 'auto'))
}
