/** What a draw has promised before anybody could take part. Pure. */
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { lengthOf, readCanonical, type Json } from './canonical'
import { LONGEST_PERIOD_S, SCHEME, type Chain } from './drand'
import { CODE, HASH, MOST_PRIZES, Malformed } from './fields'
import { faultOf, type Fault } from './verdict'

export interface Prize {
  readonly id: string
  readonly name: string
  readonly count: number
}

export interface DrandRule extends Chain {
  readonly kind: 'drand'
  readonly delayS: number
}

export interface OfflineRule {
  readonly kind: 'offline'
  readonly seedSha256: string
}

export interface Commitment {
  readonly draw: string
  readonly title: string
  readonly prizes: readonly Prize[]
  readonly repeatWinners: boolean
  readonly weighted: boolean
  readonly preferred: readonly { readonly prize: number; readonly code: string }[]
  readonly entropy: DrandRule | OfflineRule
  /** The rule of who may win: nobody's to check here, only to be shown. */
  readonly who: Json
}

export const DRAW = /^dr_[a-z0-9]{1,40}$/
const PRIZE_ID = /^[a-z0-9_]{1,40}$/
const LARGEST_TEXT_BYTES = 1024 * 1024
const LONGEST_NAME = 200
const LARGEST_PRIZE = 1_000_000
const MOST_PREFERRED = 10_000
const LONGEST_DELAY_S = 604_800

type Members = ReadonlyMap<string, Json>

/** The commitment in its canonical text; null: the text is not canonical. Throws Malformed when a member is not as it must be. */
export function readCommitment(text: string): Commitment | null {
  const value = text.length > LARGEST_TEXT_BYTES || utf8ToBytes(text).length > LARGEST_TEXT_BYTES ? undefined : readCanonical(text)
  if (!isMembers(value)) return null
  if (value.get('version') !== 1) throw new Malformed('version')
  textIn(value, 'nonce', HASH)
  const who = value.get('who')
  if (!isMembers(who)) throw new Malformed('who')
  return {
    draw: textIn(value, 'draw', DRAW),
    title: nameIn(value, 'title'),
    prizes: listIn(value, 'prizes').map(prizeOf),
    repeatWinners: flagIn(value, 'repeat_winners'),
    weighted: flagIn(value, 'weighted'),
    preferred: listIn(value, 'preferred').map(preferredOf),
    entropy: ruleOf(value.get('entropy')),
    who,
  }
}

/** What is wrong with the prizes; null: nothing. */
export function faultOfPrizes({ prizes }: Commitment): Fault | null {
  if (prizes.length < 1 || prizes.length > MOST_PRIZES) return faultOf('prizes_number', { n: prizes.length })
  for (const { id, name, count } of prizes) {
    if (!PRIZE_ID.test(id) || lengthOf(name) > LONGEST_NAME || count < 1 || count > LARGEST_PRIZE) return faultOf('prize_bounds', { name })
    if (prizes.filter((other) => other.id === id).length > 1) return faultOf('prize_twice', { name })
  }
  return null
}

/** What is wrong with the declared preferred winners: nobody twice for a prize, and no more than there are of it. null: nothing. */
export function faultOfPreferred({ prizes, preferred }: Commitment): Fault | null {
  const seen = new Set<string>()
  const left = prizes.map(({ count }) => count)
  for (const { prize, code } of preferred) {
    const entry = `${prize} ${code}`
    const rest = left[prize]
    if (rest === undefined || rest < 1 || seen.has(entry) || preferred.length > MOST_PREFERRED) return faultOf('preferred_bounds', { code })
    left[prize] = rest - 1
    seen.add(entry)
  }
  return null
}

function prizeOf(value: Json, place: number): Prize {
  const where = `prizes[${place}]`
  if (!isMembers(value)) throw new Malformed(where)
  return { id: textIn(value, 'id', ANY, where), name: textIn(value, 'name', ANY, where), count: integerIn(value, 'count', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, where) }
}

function preferredOf(value: Json, place: number): Commitment['preferred'][number] {
  const where = `preferred[${place}]`
  if (!isMembers(value)) throw new Malformed(where)
  return { prize: integerIn(value, 'prize', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, where), code: textIn(value, 'code', CODE, where) }
}

function ruleOf(value: Json | undefined): Commitment['entropy'] {
  if (!isMembers(value)) throw new Malformed('entropy')
  const kind = value.get('kind')
  if (kind === 'offline') return { kind, seedSha256: textIn(value, 'seed_sha256', HASH, 'entropy') }
  if (kind !== 'drand') throw new Malformed('entropy.kind')
  const scheme = value.get('scheme')
  if (scheme !== SCHEME) throw new Malformed('entropy.scheme')
  return {
    kind,
    chain: textIn(value, 'chain', HASH, 'entropy'),
    publicKey: textIn(value, 'public_key', /^[0-9a-f]{192}$/, 'entropy'),
    scheme,
    periodS: integerIn(value, 'period_s', 1, LONGEST_PERIOD_S, 'entropy'),
    genesis: integerIn(value, 'genesis', 0, Number.MAX_SAFE_INTEGER, 'entropy'),
    delayS: integerIn(value, 'delay_s', 0, LONGEST_DELAY_S, 'entropy'),
  }
}

const ANY = /^/
const isMembers = (value: Json | undefined): value is Members => value instanceof Map
const wrong = (name: string, where: string) => new Malformed(where ? `${where}.${name}` : name)

function textIn(members: Members, name: string, pattern: RegExp, where = ''): string {
  const value = members.get(name)
  if (typeof value !== 'string' || !pattern.test(value)) throw wrong(name, where)
  return value
}

function nameIn(members: Members, name: string): string {
  const value = textIn(members, name, ANY)
  if (lengthOf(value) > LONGEST_NAME) throw wrong(name, '')
  return value
}

function flagIn(members: Members, name: string): boolean {
  const value = members.get(name)
  if (typeof value !== 'boolean') throw wrong(name, '')
  return value
}

function listIn(members: Members, name: string): readonly Json[] {
  const value = members.get(name)
  if (!Array.isArray(value)) throw wrong(name, '')
  return value as readonly Json[]
}

function integerIn(members: Members, name: string, least: number, most: number, where: string): number {
  const value = members.get(name)
  if (typeof value !== 'number' || value < least || value > most) throw wrong(name, where)
  return value
}
