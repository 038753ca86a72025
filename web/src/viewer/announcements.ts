/** Which of a live session's announcements stands before a viewer: the newest that was not put away. Pure. */
import type { Announcement } from '@/live/protocol'

export function newestKept(announcements: readonly Announcement[], away: readonly string[]): Announcement | null {
  const newest = announcements.at(-1)
  return newest && !away.includes(newest.id) ? newest : null
}
