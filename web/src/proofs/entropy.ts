/** The 32 bytes a draw turns on: which they must be, and that they are those. Pure. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Commitment, DrandRule } from './commitment'
import { QUICKNET, firstRoundFrom, isRoundSignature, isSameChain, type Chain } from './drand'
import { rootBytes } from './entrants'
import type { ProofFile } from './proof_file'
import type { Report } from './verdict'

const OFFLINE = utf8ToBytes('turnout-draw-offline-1')

/** How every offline proof is labelled. */
export const WEAKER = 'weaker: an operator could have added entrants until it liked the outcome'

/** Anybody can make a chain and sign what they like: only those that are known count. */
export function checkChain(rule: DrandRule, known: readonly Chain[], report: Report): void {
  report.make('chain')
  if (!known.some((chain) => isSameChain(chain, rule))) report.fail('chain', rule.chain === QUICKNET.chain ? 'false_chain' : 'unknown_chain')
}

export function checkRule({ entropy: rule }: Commitment, { entropy, entrants }: ProofFile, report: Report): void {
  report.make('entropy_rule')
  if (entropy?.kind !== rule.kind) report.fail('entropy_rule', 'other_kind')
  else if (entropy.kind === 'offline' && entropy.label !== WEAKER) report.fail('entropy_rule', 'label_differs')
  else if (entropy.kind === 'drand' && rule.kind === 'drand') {
    const due = firstRoundFrom(BigInt(entrants.publishedAt) + BigInt(rule.delayS) * 1000n, rule)
    if (BigInt(entropy.round) !== due) report.fail('entropy_rule', 'other_round', { round: entropy.round, due: String(due) })
  }
}

/** The 32 bytes; null when they are not genuine, and the report says so. */
export function checkEntropy({ entropy: rule }: Commitment, { entropy, entrants }: ProofFile, report: Report): Uint8Array | null {
  report.make('entropy')
  if (entropy?.kind === 'drand' && rule.kind === 'drand') {
    if (isRoundSignature(rule.publicKey, BigInt(entropy.round), entropy.signature)) return sha256(hexToBytes(entropy.signature))
    report.fail('entropy', 'signature_wrong', { round: entropy.round })
  } else if (entropy?.kind === 'offline' && rule.kind === 'offline') {
    const seed = hexToBytes(entropy.seed)
    if (bytesToHex(sha256(seed)) === rule.seedSha256) return sha256(concatBytes(OFFLINE, seed, rootBytes(entrants)))
    report.fail('entropy', 'seed_differs')
  } else report.fail('entropy', 'other_kind')
  return null
}
