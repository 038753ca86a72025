/** When something that costs a reading is asked for again while it grows. */
import { watch } from 'vue'
import { useTicking } from '@/ui/time'

/** At most this often, though it changes all the time, as the number of people does in any busy hall. */
export const CHANGED_MS = 10_000
/** And this often while nothing is known to have changed. */
export const UNCHANGED_MS = 20_000
const LOOK_MS = 1_000

interface Followed {
  readonly load: () => Promise<void>
  /** What says that there is something new. */
  readonly changes: () => unknown
  /** Once it grows no more, it is asked for after the last change alone. */
  readonly grows: () => boolean
  readonly isSeen: () => boolean
}

/** The first load is the caller's. Counted from the end of the one before: no two are under way at once. */
export function useFollowing({ load, changes, grows, isSeen }: Followed): void {
  let asked = Date.now()
  let changed = false
  let underWay = false
  watch(changes, () => (changed = true))
  watch(useTicking(Date.now, LOOK_MS), async (moment) => {
    if (underWay || !isSeen() || (!changed && !grows()) || moment - asked < (changed ? CHANGED_MS : UNCHANGED_MS)) return
    underWay = true
    changed = false
    await load()
    underWay = false
    asked = Date.now()
  })
}
