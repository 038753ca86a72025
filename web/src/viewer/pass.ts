/** The pass of a link that the customer's own site has made: #pass=… */

import { readCode } from '@/live/room_code'

const keyOf = (code: string) => `turnout.pass.${readCode(code)}`

/** Characters the server keeps. */
const LONGEST_EXTRA = 1024

/**
 * Takes it out of the address bar at once, so that nobody copies, shares or films it with the link. Who comes early and reloads has it
 * still: this tab keeps it until it has been used.
 */
export function takePass(code: string): string | null {
  const behind = new URLSearchParams(location.hash.slice(1))
  const pass = behind.get('pass')
  if (pass === null) return kept(code)
  behind.delete('pass')
  const rest = behind.toString() // its size is something newer browsers know
  const address = location.pathname + location.search + (rest ? `#${rest}` : '')
  const state: unknown = history.state
  // the router keeps the address in here too
  history.replaceState(typeof state === 'object' ? { ...state, current: address } : state, '', address)
  keep(code, pass)
  return pass || null
}

/** What the customer wrote into the link for itself: ?extra=… It stays in the address, so it is there after a reload too. */
export function extraOfLink(): string | null {
  return new URLSearchParams(location.search).get('extra')?.slice(0, LONGEST_EXTRA) || null
}

/** It has let its viewer in, or never will. */
export function forgetPass(code: string): void {
  keep(code, null)
}

function kept(code: string): string | null {
  try {
    return sessionStorage.getItem(keyOf(code))
  } catch {
    return null
  }
}

function keep(code: string, pass: string | null): void {
  try {
    if (pass) sessionStorage.setItem(keyOf(code), pass)
    else sessionStorage.removeItem(keyOf(code))
  } catch {
    // a browser that keeps nothing needs the link again after a reload
  }
}
