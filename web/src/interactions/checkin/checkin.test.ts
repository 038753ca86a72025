import { expect, test } from 'vitest'
import { peopleIn } from '../people_list'
import { blankCheckIn, draftOf, peopleFile, problemsOf } from './checkin'

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

test('the file has a line for each person', () => {
  const people = [
    { viewer: { id: 'vw_1', name: 'Ada' }, external_id: null, name: 'Ada', expected: true, confirmed_at: '2026-01-05T08:00:00Z' },
    { viewer: null, external_id: '1001', name: '=Lin', expected: true, confirmed_at: null },
  ]

  expect(peopleFile(people, ['Name'], 'yes')).toBe("\uFEFFName\r\nAda,,vw_1,yes,2026-01-05T08:00:00Z\r\n'=Lin,1001,,yes,\r\n")
})
