/** How long to wait before the n-th try to connect again, in milliseconds. Pure. */

const FIRST_MS = 800
const LONGEST_MS = 20_000

/**
 * failures: tries that failed since the connection last held, from 0. random: a number from 0 to 1 (jitter: when a server restarts,
 * ten thousand phones must not come back at one instant). longestMs: where somebody is waited for, less than usual.
 */
export function backoffMs(failures: number, random: number, longestMs = LONGEST_MS): number {
  const most = Math.min(LONGEST_MS, longestMs, FIRST_MS * 2 ** failures)
  return Math.round(most * (0.2 + 0.8 * random))
}
