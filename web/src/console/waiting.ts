/** How long the server asks to wait. */
import { ApiError } from '@/api/client'

/** Whole minutes; null where waiting is not the matter, or takes seconds only. */
export function minutesToWait(error: unknown): number | null {
  const seconds = error instanceof ApiError ? (error.refusal.retry_after_s ?? 0) : 0
  return seconds > 30 ? Math.ceil(seconds / 60) : null
}
