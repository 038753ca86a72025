/**
 * Checks a proof file from its bytes alone, by docs/draw.md and nothing of the server's code.
 *
 * Whatever it is given, it answers: it throws Stopped when the asker's signal says so, and nothing else. Long work is done in turns (pace.ts).
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { faultOfPreferred, faultOfPrizes, readCommitment, type Commitment } from './commitment'
import { QUICKNET, type Chain } from './drand'
import { checkChain, checkEntropy, checkRule } from './entropy'
import { checkCount, checkList, checkPaths, checkFingerprint, isBetween, rootBytes, type Known } from './entrants'
import { Malformed } from './fields'
import { Pace, Stopped, type PaceOptions } from './pace'
import { readProofFile, type ProofFile, type Winner } from './proof_file'
import { winnersOf, type Pick } from './selection'
import { Stream, streamKey } from './stream'
import { CHECKS, Report, type Check, type CheckName } from './verdict'

export interface Verdict {
  /** Every check that applies was made and found nothing. */
  readonly holds: boolean
  /** All that apply to such a file, also those that could not be made. */
  readonly checks: readonly Check[]
  /** null: the file cannot be read as a proof. */
  readonly file: ProofFile | null
  readonly commitment: Commitment | null
}

export interface VerifyOptions extends PaceOptions {
  /** Chains of randomness that count beside quicknet. */
  readonly chains?: readonly Chain[]
}

type Found = { -readonly [Key in 'file' | 'commitment']: Verdict[Key] }

export async function verifyProof(value: unknown, options: VerifyOptions = {}): Promise<Verdict> {
  const report = new Report()
  const found: Found = { file: null, commitment: null }
  try {
    await check(value, [QUICKNET, ...(options.chains ?? [])], report, found, new Pace(options))
  } catch (error) {
    if (error instanceof Stopped) throw error
    report.fail('format', 'malformed', { where: error instanceof Malformed ? error.where : '' })
  }
  const checks = report.checks(CHECKS.filter((name) => applies(name, found)))
  return { holds: checks.every(({ state }) => state === 'ok'), checks, ...found }
}

/** A cancelled draw has no randomness and no winners; without a list there is nothing to compare its root with. */
function applies(name: CheckName, { file, commitment }: Found): boolean {
  const isDrawn = file?.state !== 'cancelled'
  switch (name) {
    case 'chain':
      return isDrawn && commitment?.entropy.kind !== 'offline'
    case 'entropy_rule':
    case 'entropy':
    case 'selection':
      return isDrawn
    case 'tree':
    case 'order':
      return isDrawn || file.entrants.list !== null
    case 'weights':
      return isDrawn || file.entrants.list !== null || commitment?.weighted === false
    default:
      return true
  }
}

async function check(value: unknown, chains: readonly Chain[], report: Report, found: Found, pace: Pace): Promise<void> {
  const file = (found.file = await readProofFile(value, pace))
  report.make('format')
  const commitment = (found.commitment = checkCommitment(file, report))
  if (!commitment) return
  checkPromise(commitment, report)
  checkFingerprint(file, report)
  const { entrants } = file
  const { weighted } = commitment
  if (!weighted) checkCount(entrants, report)
  if (file.state === 'cancelled') {
    if (entrants.list) await checkList(file, entrants.list, weighted, report, pace)
    return
  }
  checkPreferred(file, commitment, report)
  const known = entrants.list ? await checkList(file, entrants.list, weighted, report, pace) : await checkPaths(file, weighted, report, pace)
  if (!entrants.list && (weighted || file.entropy?.kind === 'offline')) report.fail('tree', 'list_missing')
  if (commitment.entropy.kind === 'drand') checkChain(commitment.entropy, chains, report)
  checkRule(commitment, file, report)
  await pace.rest('entropy', 0, 1)
  const randomness = checkEntropy(commitment, file, report)
  if (randomness && report.isFine('prizes', 'preferred', 'tree', 'weights', 'entropy_rule')) await checkSelection(file, commitment, known, randomness, report, pace)
}

/** null: what it says is not what was hashed, or cannot be read. */
function checkCommitment({ commitment: { text, sha256: said } }: ProofFile, report: Report): Commitment | null {
  report.make('commitment')
  try {
    const commitment = readCommitment(text)
    if (!commitment) report.fail('commitment', 'not_canonical')
    else if (bytesToHex(sha256(utf8ToBytes(text))) !== said) report.fail('commitment', 'hash_differs')
    else return commitment
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    report.fail('commitment', 'malformed', { where: error.where })
  }
  return null
}

function checkPromise(commitment: Commitment, report: Report): void {
  report.make('prizes', 'preferred')
  const [prizes, preferred] = [faultOfPrizes(commitment), faultOfPreferred(commitment)]
  if (prizes) report.fail('prizes', prizes.code, prizes.facts)
  if (preferred) report.fail('preferred', preferred.code, preferred.facts)
}

/** Without a list: whoever is declared and no winner is shown to be absent, in the order of the commitment, and nobody else is. */
function checkPreferred({ entrants, winners, absentPreferred }: ProofFile, { preferred }: Commitment, report: Report): void {
  const shown = absentPreferred ?? []
  if (absentPreferred && (entrants.list || shown.length === 0)) report.fail('preferred', 'absence_needless')
  if (entrants.list) return
  const won = new Set(winners.map(({ code }) => code))
  const absent = [...new Set(preferred.map(({ code }) => code))].filter((code) => !won.has(code))
  for (const [place, code] of absent.entries()) {
    const absence = shown[place]
    if (absence?.code !== code || !isBetween(absence, entrants.count)) report.fail('preferred', 'absence_unproven', { code })
  }
  for (const { code } of shown.slice(absent.length)) report.fail('preferred', 'not_declared', { code })
}

async function checkSelection(file: ProofFile, commitment: Commitment, { weights, placeOf }: Known, randomness: Uint8Array, report: Report, pace: Pace): Promise<void> {
  report.make('selection')
  const { winners, entrants } = file
  const stream = new Stream(streamKey(randomness, hexToBytes(file.commitment.sha256), rootBytes(entrants), entrants.count))
  const { prizes, preferred, repeatWinners } = commitment
  let place = 0
  for (const pick of winnersOf({ count: entrants.count, prizes: prizes.map(({ count }) => count), preferred, repeatWinners, weights, placeOf }, stream)) {
    if (pace.due()) await pace.rest('selection', place, winners.length)
    const winner = winners[place++]
    const fault = faultOfWinner(winner, pick)
    if (fault) report.fail('selection', fault, { place, code: winner?.code ?? '' })
    if (fault) return
  }
  if (place < winners.length) report.fail('selection', 'winner_too_many', { code: winners[place]?.code ?? '' })
}

function faultOfWinner(winner: Winner | undefined, pick: Pick): string | null {
  if (!winner) return 'winner_missing'
  if (winner.index !== pick.index || winner.prize !== pick.prize) return 'other_winner'
  return winner.preferred === pick.preferred ? null : 'wrongly_marked'
}
