/** Everybody on a check-in, page by page. */
import { api } from '@/api/client'
import type { CheckInPerson } from '@/api/types'

const PAGE = 500

export async function expectedPeople(liveSession: string, id: string): Promise<CheckInPerson[]> {
  const people: CheckInPerson[] = []
  for (let after: string | null = null; ; ) {
    const page = await api.checkInPeople(liveSession, id, null, after, PAGE)
    people.push(...page.people)
    after = page.next
    if (after === null) return people
  }
}
