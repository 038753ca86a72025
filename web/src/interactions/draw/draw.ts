/** What the pages work out from a draw's news. Pure. */
import type { Draw, OwnDraw, Prize, Who, WinnerForm } from '@/live/protocol'
import { QUICKNET_HASH } from '@/proofs/quicknet'

/** Viewers take part by a press or a word of their own; else by being there, by an answer, or by a list. */
export const takesEntries = (who: Who): boolean => who === 'tap' || who === 'word'

/** Nothing changes any more. */
export const isDone = ({ state }: Draw): boolean => state === 'drawn' || state === 'cancelled' || state === 'timed_out'

/** It is done, and its list was public before: also one that was cancelled then is there to be checked. */
export const hasProof = (draw: Draw): boolean => isDone(draw) && draw.proof !== null

/** Its rules are public, and it is not done. */
export const isUnderWay = (draw: Draw): boolean => draw.state !== 'draft' && !isDone(draw)

/** The list is being fixed, or is fixed and waits for its random number. */
export const isRolling = ({ state }: Draw): boolean => state === 'closing' || state === 'closed'

/** Whose randomness decides it, as its rules promise: drand's public chain, which everybody knows, or a private one. */
export function chainOf({ commitment }: Draw): 'drand' | 'private' {
  const { entropy } = JSON.parse(commitment) as { entropy: { chain?: string } }
  return entropy.chain === QUICKNET_HASH ? 'drand' : 'private'
}

/** How its state looks in a list and on its page. */
export const toneOf = ({ state }: Draw): 'live' | 'good' | 'plain' => (state === 'open' || state === 'closing' || state === 'closed' ? 'live' : state === 'drawn' ? 'good' : 'plain')

export interface PrizeWinners {
  readonly prize: Prize
  /** The first of them. */
  readonly names: readonly string[]
  /** Won besides. */
  readonly more: number
}

/** By prize, in the order of drawing. */
export function winnersOf({ prizes, winners }: Draw): PrizeWinners[] {
  return prizes.map((prize) => {
    const names = winners.filter((winner) => winner.prize === prize.id).map(({ name }) => name)
    return { prize, names, more: Math.max(0, prize.won - names.length) }
  })
}

/** The prizes a viewer has won in it. */
export const prizesWon = ({ prizes }: Draw, own: OwnDraw | undefined): Prize[] => prizes.filter(({ id }) => own?.prizes.some(({ prize }) => prize === id))

/** Still asks its winner for something. */
export const owesForm = (draw: Draw, own: OwnDraw | undefined): boolean =>
  prizesWon(draw, own).some(({ id, asks }) => asks.length > 0 && !own?.prizes.find(({ prize }) => prize === id)?.filled)

export type FormProblem = 'invalid_name' | 'invalid_mobile' | 'invalid_address'

const LONGEST_NAME = 64
const LONGEST_ADDRESS = 200

/** What stands against a winner's form, field by field. The server decides; this only saves the way there. */
export function formProblems({ asks }: Prize, { name = '', phone = '', address = '' }: WinnerForm): ReadonlyMap<string, FormProblem> {
  const found = new Map<string, FormProblem>()
  const length = (text: string) => Array.from(text.trim()).length
  if (asks.includes('name') && (length(name) === 0 || length(name) > LONGEST_NAME)) found.set('name', 'invalid_name')
  if (asks.includes('phone') && !/^(1\d{10}|\+[1-9]\d{5,14})$/.test(phone.normalize('NFKC').replace(/[\s-]/g, ''))) found.set('phone', 'invalid_mobile')
  if (asks.includes('address') && (length(address) === 0 || length(address) > LONGEST_ADDRESS)) found.set('address', 'invalid_address')
  return found
}
