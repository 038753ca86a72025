/** Calls of the API as a page shows them: under way, done, or failed in words; a login that has ended leads to the login page. */
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { ApiError } from '@/api/client'
import { login } from './login'
import { useLeaveToLogin } from './login_ended'
import { useFetchingAgain } from './trying_again'

interface Task {
  readonly busy: Readonly<Ref<boolean>>
  readonly error: ShallowRef<unknown>
  /** Runs it unless one is under way. true: it worked. */
  run(work: () => Promise<unknown>): Promise<boolean>
}

export function useTask(): Task {
  const busy = ref(false)
  const error = shallowRef<unknown>(null)
  const leave = useLeaveWhenLoggedOut()

  async function run(work: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    error.value = null
    try {
      await work()
      return true
    } catch (failure) {
      error.value = failure
      leave(failure)
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, error, run }
}

interface Loaded<Value> {
  /** The last value that came; stays while it is fetched again. */
  readonly value: ShallowRef<Value | null>
  /** Why the last try failed; null when it worked. */
  readonly error: ShallowRef<unknown>
  load(): Promise<void>
}

/** Fetches at once, and again every everyMs while the page is looked at; without it until it is there. */
export function useLoaded<Value>(fetch: () => Promise<Value>, everyMs?: number): Loaded<Value> {
  const value = shallowRef<Value | null>(null)
  const error = shallowRef<unknown>(null)
  const leave = useLeaveWhenLoggedOut()
  let latest = 0
  let underWay = 0

  async function load(): Promise<void> {
    const mine = ++latest
    underWay += 1
    try {
      const fetched = await fetch()
      if (mine !== latest) return // a later call has overtaken this one
      value.value = fetched
      error.value = null
    } catch (failure) {
      if (mine !== latest) return
      error.value = failure
      leave(failure)
    } finally {
      underWay -= 1
    }
  }

  void load()
  useFetchingAgain(load, () => error.value, () => underWay > 0, everyMs) // one that is slow would never be shown, if the next overtook it
  return { value, error, load }
}

export function useLeaveWhenLoggedOut(): (failure: unknown) => void {
  const leave = useLeaveToLogin()
  return (failure) => {
    // a wrong password or code is 401 too, and ends no login
    if (!(failure instanceof ApiError) || failure.refusal.code !== 'not_logged_in' || !login.value) return
    leave()
  }
}
