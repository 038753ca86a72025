/** What the host's pages work out from a check-in. Pure. */
import type { CheckInDraft, CheckInPerson } from '@/api/types'
import type { CheckIn } from '@/live/protocol'
import { csvText, peopleIn, type PeopleList } from '../people_list'

export const LIMITS_S: readonly (number | null)[] = [60, 180, 300, 600, null]
export const LONGEST_LIMIT_S = 86_400
export const MOST_EXPECTED = 10_000

export interface CheckInForm {
  readonly title: string
  readonly limitS: number | 'other' | null
  readonly otherLimitS: number | undefined
  readonly expects: 'present' | 'list'
  readonly list: string
  /** People on the list of the draft that is changed. They stay where list is empty. */
  readonly kept: number
  readonly late: 'counted' | 'not_expected'
  readonly showCounts: boolean
}

export const blankCheckIn = (title: string): CheckInForm => ({ title, limitS: 180, otherLimitS: undefined, expects: 'present', list: '', kept: 0, late: 'counted', showCounts: true })

/** A draft as its host wrote it. list: its people as text; null: they stay where they are. */
export function formOf(checkin: CheckIn, list: string | null): CheckInForm {
  const usual = LIMITS_S.includes(checkin.time_limit_s)
  return {
    title: checkin.title,
    limitS: usual ? checkin.time_limit_s : 'other',
    otherLimitS: usual ? undefined : (checkin.time_limit_s ?? undefined),
    expects: checkin.expects ?? 'present',
    list: list ?? '',
    kept: checkin.expects === 'list' && list === null ? (checkin.expected ?? 0) : 0,
    late: checkin.late ?? 'counted',
    showCounts: checkin.show_counts,
  }
}

/** Which of the form's fields a refusal is about, in the server's words (people[2].name), and whom on the list; null: none. */
export function refusedAt(field: string): { readonly field: 'title' | 'limit' | 'list'; readonly place?: number } | null {
  const [, name, place] = /^(\w+)(?:\[(\d+)\])?/.exec(field) ?? []
  if (name === 'people') return { field: 'list', ...(place === undefined ? {} : { place: Number(place) }) }
  return name === 'title' ? { field: 'title' } : name === 'time_limit_s' ? { field: 'limit' } : null
}

export type CheckInProblem = 'title' | 'limit' | 'list_empty' | 'list_wrong' | 'list_long'

export function problemsOf(form: CheckInForm, list: PeopleList): ReadonlySet<CheckInProblem> {
  const found = new Set<CheckInProblem>()
  if (!form.title.trim()) found.add('title')
  if (form.limitS === 'other' && !form.otherLimitS) found.add('limit')
  if (form.expects === 'list') {
    if (list.wrong !== null) found.add('list_wrong')
    else if (list.people.length === 0 && form.kept === 0) found.add('list_empty')
    else if (list.people.length > MOST_EXPECTED) found.add('list_long')
  }
  return found
}

export function draftOf(form: CheckInForm, open: boolean): CheckInDraft {
  const limit = form.limitS === 'other' ? (form.otherLimitS ?? null) : form.limitS
  const people = form.expects === 'list' ? peopleIn(form.list).people.map(({ external_id, name }) => ({ external_id, name })) : []
  const keeps = form.kept > 0 && people.length === 0
  return {
    title: form.title.trim(),
    time_limit_s: limit,
    expects: form.expects,
    ...(keeps ? {} : { people }),
    ...(form.expects === 'present' ? { late: form.late } : {}),
    show_counts: form.showCounts,
    draft: !open,
  }
}

/** The people of a check-in as a file; heads: what its columns are called, yes: what stands where somebody is expected. */
export function peopleFile(people: readonly CheckInPerson[], heads: readonly string[], yes: string): string {
  return csvText([heads, ...people.map(({ name, external_id, viewer, expected, confirmed_at }) => [name, external_id ?? '', viewer?.id ?? '', expected ? yes : '', confirmed_at ?? ''])])
}
