/** What a pasted membership, or a code, says of whoever pasted it. */
import { CODE } from '@/proofs/fields'
import { prizesOf, standingOf, verifyMembership, type MembershipVerdict } from '@/proofs/membership'
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
  readonly checks: MembershipVerdict['checks']
}

const NOTHING = { code: '', place: 0, count: 0, prizes: null, checks: [] }

export function standingIn(text: string, proof: Verdict): Standing {
  const clean = text.trim()
  if (CODE.test(clean)) {
    const kind = standingOf(clean, proof)
    return { ...NOTHING, kind, code: clean, prizes: kind === 'in' ? prizesOf(clean, proof) : null }
  }
  const value = readJson(new TextEncoder().encode(clean))
  if (value === undefined) return { ...NOTHING, kind: 'unreadable' }
  const { holds, checks, membership, prizes } = verifyMembership(value, proof)
  if (!membership) return { ...NOTHING, kind: 'unreadable', checks }
  const { code, index, count } = membership
  return { kind: holds ? 'place' : 'wrong', code, place: index + 1, count, prizes: holds ? prizes : null, checks }
}
