import { expect, test } from 'vitest'
import { peopleIn } from '../people_list'
import { aCheckIn } from '@/live/samples'
import { blankCheckIn, draftOf, formOf, peopleFile, problemsOf, refusedAt } from './checkin'

const form = blankCheckIn('Morning')

test('a form becomes what the server takes', () => {
  expect(draftOf(form, true)).toEqual({ title: 'Morning', time_limit_s: 180, expects: 'present', people: [], late: 'counted', show_counts: true, draft: false })
  expect(draftOf({ ...form, limitS: 'other', otherLimitS: 45, expects: 'list', list: '1001,Ada' }, false)).toEqual({
    title: 'Morning',
    time_limit_s: 45,
    expects: 'list',
    people: [{ external_id: '1001', name: 'Ada' }],
    show_counts: true,
    draft: true,
  })
})

test('what is missing is said before anything is sent', () => {
  expect([...problemsOf({ ...form, title: ' ', limitS: 'other' }, peopleIn(''))]).toEqual(['title', 'limit'])
  expect([...problemsOf({ ...form, expects: 'list' }, peopleIn(''))]).toEqual(['list_empty'])
  expect([...problemsOf({ ...form, expects: 'list' }, peopleIn(',Ada'))]).toEqual(['list_wrong'])
  expect(problemsOf(form, peopleIn('')).size).toBe(0)
})

test('a draft comes back as it was written; a list that is left empty stays as it is', () => {
  const draft = aCheckIn({ state: 'draft', time_limit_s: 45, expects: 'list', expected: 2 })
  const listed = formOf(draft, '1001,Ada')
  const kept = formOf(draft, null)

  expect(listed).toMatchObject({ limitS: 'other', otherLimitS: 45, expects: 'list', kept: 0, list: '1001,Ada' })
  expect(draftOf(listed, false).people).toEqual([{ external_id: '1001', name: 'Ada' }])
  expect(kept.kept).toBe(2)
  expect(problemsOf(kept, peopleIn('')).size).toBe(0)
  expect('people' in draftOf(kept, false)).toBe(false)
})

test('a refusal is about a field of the form', () => {
  expect(refusedAt('people[2].name')).toEqual({ field: 'list', place: 2 })
  expect(refusedAt('time_limit_s')).toEqual({ field: 'limit' })
  expect(refusedAt('late')).toBe(null)
})

test('the file has a line for each person', () => {
  const people = [
    { viewer: { id: 'vw_1', name: 'Ada' }, external_id: null, name: 'Ada', expected: true, confirmed_at: '2026-01-05T08:00:00Z' },
    { viewer: null, external_id: '1001', name: '=Lin', expected: true, confirmed_at: null },
  ]

  expect(peopleFile(people, ['Name'], 'yes')).toBe("\uFEFFName\r\nAda,,vw_1,yes,2026-01-05T08:00:00Z\r\n'=Lin,1001,,yes,\r\n")
})
