import { expect, test } from 'vitest'
import { anAnnouncement } from '@/live/samples'
import { newestKept } from './announcements'

const first = anAnnouncement({ id: 'an_1' })
const second = anAnnouncement({ id: 'an_2' })

test('the newest stands until it is put away, and an earlier one does not come back in its place', () => {
  expect(newestKept([first, second], [])).toBe(second)
  expect(newestKept([first, second], ['an_1'])).toBe(second)
  expect(newestKept([first, second], ['an_2'])).toBeNull()
  expect(newestKept([], [])).toBeNull()
})
