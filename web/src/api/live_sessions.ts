/** Calls about live sessions: how all of them stand, who was there, and what is told to everybody. */
import { call, create, withQuery } from './call'
import type { Announcement, Attendance, Summaries } from './types'

const live = (id: string) => `/live-sessions/${encodeURIComponent(id)}`

export const liveSessions = {
  /** Of all rooms, the one started last first. */
  summaries: (state: 'running' | 'ended', after: string | null, limit: number) => call<Summaries>('GET', withQuery('/live-sessions', { state, after, limit })),
  attendance: (id: string) => call<Attendance>('GET', `${live(id)}/attendance`),

  announce: (id: string, text: string) => create<Announcement>(`${live(id)}/announcements`, { text }),
  withdrawAnnouncement: (id: string, announcement: string) => call<Announcement>('DELETE', `${live(id)}/announcements/${encodeURIComponent(announcement)}`),
}
