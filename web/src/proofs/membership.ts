/** Whether somebody was among the entrants: by a membership file, or by a code and what the proof itself shows. Pure. */
import { isEntryOf, leadsTo, placeIn } from './entrants'
import { Fields, HASH, MOST_ENTRANTS, Malformed } from './fields'
import { DRAW } from './commitment'
import { leafIn, type LeafAt } from './proof_file'
import { Report, type Check } from './verdict'
import type { Verdict } from './verify'

export const MEMBERSHIP_FORMAT = 'turnout-draw-membership'
export const MEMBERSHIP_CHECKS = ['format', 'path', 'proof', 'same_draw'] as const
export type MembershipCheckName = (typeof MEMBERSHIP_CHECKS)[number]

export interface Membership extends LeafAt {
  readonly draw: string
  readonly count: number
  readonly root: string
  readonly fingerprint: string
}

export interface MembershipVerdict {
  readonly holds: boolean
  readonly checks: readonly Check<MembershipCheckName>[]
  readonly membership: Membership | null
  /** Places of the prizes this entrant won. */
  readonly prizes: readonly number[]
}

const MEMBERS = ['format', 'version', 'draw', 'code', 'index', 'weight', 'salt', 'count', 'root', 'fingerprint', 'path']

/** proof: what the membership must belong to; without one, only that its path leads to the root it names itself. Never throws. */
export function verifyMembership(value: unknown, proof: Verdict | null): MembershipVerdict {
  const report = new Report<MembershipCheckName>()
  let membership: Membership | null = null
  try {
    membership = readMembership(value)
    report.make('format', 'path')
    if (!leadsTo(membership, membership)) report.fail('path', 'path_wrong', { code: membership.code })
    if (proof) checkDraw(membership, proof, report)
  } catch (error) {
    report.fail('format', 'malformed', { where: error instanceof Malformed ? error.where : '' })
  }
  const checks = report.checks(proof ? MEMBERSHIP_CHECKS : MEMBERSHIP_CHECKS.slice(0, 2))
  const holds = checks.every(({ state }) => state === 'ok')
  return { holds, checks, membership, prizes: holds && membership && proof ? prizesOf(membership.code, proof) : [] }
}

/** in: an entrant; out: shown to be none; unknown: the file lists no entrants, so only a membership file can tell. */
export function standingOf(code: string, { file }: Verdict): 'in' | 'out' | 'unknown' {
  if (!file) return 'unknown'
  if (file.entrants.list) return placeIn(file.entrants.list, code) === null ? 'out' : 'in'
  if (file.winners.some((winner) => winner.code === code)) return 'in'
  return file.absentPreferred?.some((absence) => absence.code === code) ? 'out' : 'unknown'
}

/** The salt that stands with a code; null: the file does not show it. */
export function saltOf(code: string, { file }: Verdict): string | null {
  const list = file?.entrants.list
  if (list) return list[placeIn(list, code) ?? -1]?.[2] ?? null
  return file?.winners.find((winner) => winner.code === code)?.salt ?? null
}

/** Places of the prizes a code won. */
export function prizesOf(code: string, { file }: Verdict): number[] {
  return file?.winners.filter((winner) => winner.code === code).map(({ prize }) => prize) ?? []
}

function readMembership(value: unknown): Membership {
  const fields = new Fields(value, MEMBERS, '')
  fields.is('format', MEMBERSHIP_FORMAT)
  fields.is('version', 1)
  return { ...leafIn(fields, false), draw: fields.text('draw', DRAW), count: fields.integer('count', 1, MOST_ENTRANTS), root: fields.text('root', HASH), fingerprint: fields.text('fingerprint', HASH) }
}

function checkDraw(membership: Membership, { holds, commitment, file }: Verdict, report: Report<MembershipCheckName>): void {
  report.make('proof', 'same_draw')
  if (!holds) report.fail('proof', 'proof_fails')
  const { draw, count, root, fingerprint } = membership
  const entrants = file?.entrants
  const isSame = commitment?.draw === draw && entrants?.count === count && entrants.root === root && entrants.fingerprint === fingerprint
  if (!isSame || (entrants.list && !isEntryOf(entrants.list, membership))) report.fail('same_draw', 'other_draw')
}
