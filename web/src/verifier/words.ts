/** Which of the page's words fit what the verifier says. Pure. */
import type { ProofFile } from '@/proofs/proof_file'
import type { Check, Fault } from '@/proofs/verdict'
import type { Verdict } from '@/proofs/verify'

export type VerdictKind = 'holds' | 'offline' | 'cancelled' | 'fails' | 'unreadable'

export function kindOf({ holds, file, commitment }: Verdict): VerdictKind {
  if (!file) return 'unreadable'
  if (!holds) return 'fails'
  if (file.state === 'cancelled') return 'cancelled'
  return commitment?.entropy.kind === 'offline' ? 'offline' : 'holds'
}

/** The sentence under a check: what a passed one has shown depends on whether the proof lists its entrants, and on where its chance is from. */
export function sentenceOf({ name, state, fault }: Check<string>, file: ProofFile | null): { key: string; facts: Fault['facts'] } {
  if (fault) return { key: `proof.faults.${fault.code}`, facts: fault.facts }
  if (state === 'not_checked') return { key: 'proof.notChecked', facts: {} }
  const isShown = (name === 'tree' || name === 'order') && file?.entrants.list === null
  const isOffline = (name === 'entropy_rule' || name === 'entropy') && file?.entropy?.kind === 'offline'
  return { key: `proof.${isShown ? 'shown' : isOffline ? 'seed' : 'passed'}.${name}`, facts: {} }
}
