/** Which of the page's words fit what the verifier says. Pure. */
import { QUICKNET } from '@/proofs/drand'
import type { Check, Fault } from '@/proofs/verdict'
import type { Verdict } from '@/proofs/verify'

export type VerdictKind = 'holds' | 'unknown' | 'trusted' | 'offline' | 'cancelled' | 'fails' | 'unreadable'

const isQuicknet = (commitment: Verdict['commitment']) => commitment?.entropy.kind === 'drand' && commitment.entropy.chain === QUICKNET.chain

/** Nobody vouches for the chain its randomness is from. */
export const isOfUnknownChain = ({ checks }: Verdict): boolean => checks.some(({ fault }) => fault?.code === 'unknown_chain')

/** And that is all there is against it. */
const isUnknownAlone = (verdict: Verdict): boolean => isOfUnknownChain(verdict) && verdict.checks.every(({ name, state }) => name === 'chain' || state === 'ok')

export function kindOf(verdict: Verdict): VerdictKind {
  const { holds, file, commitment } = verdict
  if (!file) return 'unreadable'
  if (!holds) return isUnknownAlone(verdict) ? 'unknown' : 'fails'
  if (file.state === 'cancelled') return 'cancelled'
  if (commitment?.entropy.kind === 'offline') return 'offline'
  return isQuicknet(commitment) ? 'holds' : 'trusted'
}

/** The sentence under a check: what a passed one has shown depends on whether the proof lists its entrants, and on where its chance is from. */
export function sentenceOf({ name, state, fault }: Check<string>, verdict: Pick<Verdict, 'file' | 'commitment'> | null): { key: string; facts: Fault['facts'] } {
  if (fault?.code === 'malformed' && !fault.facts['where']) return { key: 'proof.faults.unreadable', facts: {} } // the whole of it
  if (fault) return { key: `proof.faults.${fault.code}`, facts: fault.facts }
  if (state === 'not_checked') return { key: 'proof.notChecked', facts: {} }
  const file = verdict?.file
  if (name === 'chain' && verdict && !isQuicknet(verdict.commitment)) return { key: 'proof.ownChain', facts: {} }
  const isShown = (name === 'tree' || name === 'order') && file?.entrants.list === null
  const isOffline = (name === 'entropy_rule' || name === 'entropy') && file?.entropy?.kind === 'offline'
  return { key: `proof.${isShown ? 'shown' : isOffline ? 'seed' : 'passed'}.${name}`, facts: {} }
}
