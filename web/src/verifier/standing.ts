/** What a pasted membership, or a code, with or without the salt its viewer gave, says of whoever pasted it. */
import { CODE, isText, SALT } from '@/proofs/fields'
import { prizesOf, saltOf, standingOf, verifyMembership, type MembershipVerdict } from '@/proofs/membership'
import { readJson } from '@/proofs/read_json'
import type { Verdict } from '@/proofs/verify'

export interface Standing {
  readonly kind: 'in' | 'place' | 'out' | 'unknown' | 'unreadable' | 'wrong'
  readonly code: string
  /** Counted from 1; 0 where it is not known. */
  readonly place: number
  readonly count: number
  /** Places of the prizes that were won; null: it is not known that this code took part. */
  readonly prizes: readonly number[] | null
  /** The salt that stands with this code; null: there is none, or the file does not show it. */
  readonly salt: string | null
  /** Whether that is the one that was pasted; null: none was, or it cannot be told. */
  readonly sameSalt: boolean | null
  readonly checks: MembershipVerdict['checks']
}

const NOTHING = { code: '', place: 0, count: 0, prizes: null, salt: null, sameSalt: null, checks: [] }

export function standingIn(text: string, proof: Verdict): Standing {
  const clean = text.trim()
  const [code = '', given = '', ...more] = clean.split(/[.\s]+/)
  if (CODE.test(code) && isText(given, SALT) && more.length === 0) return standingOfCode(code, given, proof)
  const value = readJson(new TextEncoder().encode(clean))
  if (value === undefined) return { ...NOTHING, kind: 'unreadable' }
  const { holds, checks, membership, prizes } = verifyMembership(value, proof)
  if (!membership) return { ...NOTHING, kind: 'unreadable', checks }
  const { index, count } = membership
  return { kind: holds ? 'place' : 'wrong', code: membership.code, place: index + 1, count, prizes: holds ? prizes : null, salt: holds ? membership.salt || null : null, sameSalt: null, checks }
}

function standingOfCode(code: string, given: string, proof: Verdict): Standing {
  const kind = standingOf(code, proof)
  if (kind !== 'in') return { ...NOTHING, kind, code }
  const salt = saltOf(code, proof)
  return { ...NOTHING, kind, code, prizes: prizesOf(code, proof), salt: salt || null, sameSalt: given && salt !== null ? given === salt : null }
}
