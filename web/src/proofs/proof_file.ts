/** A proof file as what it says it is: types and bounds only, nothing is believed yet. Pure. */
import { hexToBytes } from '@noble/hashes/utils.js'
import { CODE, Fields, HASH, LARGEST_WEIGHT, LONGEST_PATH, MOST_ENTRANTS, MOST_PRIZES, Malformed, SALT, isInteger, isText } from './fields'
import type { Leaf } from './merkle'
import type { Pace } from './pace'

export const FORMAT = 'turnout-draw-proof'

export interface LeafAt extends Leaf {
  readonly index: number
  /** null: left out, since the list of entrants is there. */
  readonly path: readonly Uint8Array[] | null
}

export interface Winner extends LeafAt {
  readonly prize: number
  readonly preferred: boolean
}

/** As it stands in the file: five million objects more would be too much for a phone. */
export type Entry = readonly [code: string, weight: number, salt: string]

/** Two neighbours in the sorted tree between which this code would stand. */
export interface Absence {
  readonly code: string
  readonly left: LeafAt | null
  readonly right: LeafAt | null
}

export interface Entrants {
  readonly count: number
  readonly root: string
  readonly publishedAt: number
  readonly totalWeight: number
  /** What binds all of these to the commitment, and was published when entries closed. */
  readonly fingerprint: string
  readonly list: readonly Entry[] | null
}

export interface DrandRound {
  readonly kind: 'drand'
  readonly round: number
  readonly signature: string
}

export interface OfflineSeed {
  readonly kind: 'offline'
  readonly seed: string
  readonly label: string
}

export interface ProofFile {
  readonly commitment: { readonly text: string; readonly sha256: string }
  readonly state: 'drawn' | 'cancelled'
  readonly entrants: Entrants
  /** null: cancelled. */
  readonly entropy: DrandRound | OfflineSeed | null
  readonly winners: readonly Winner[]
  /** null: not there. */
  readonly absentPreferred: readonly Absence[] | null
}

const PAPER = ['format', 'version', 'commitment', 'state', 'entrants']
const DRAWN = [...PAPER, 'entropy', 'winners']
const LEAF = ['index', 'code', 'weight', 'salt', 'path']

/** Throws Malformed when it is no proof file of this version. */
export async function readProofFile(value: unknown, pace: Pace): Promise<ProofFile> {
  const file = new Fields(value, [...DRAWN, 'absent_preferred'], '')
  file.is('format', FORMAT)
  file.is('version', 1)
  const state = file.any('state')
  if (state !== 'drawn' && state !== 'cancelled') throw new Malformed('state')
  const isDrawn = state === 'drawn'
  const entrants = entrantsIn(file)
  await checkEntries(entrants.list ?? [], pace)
  file.only(isDrawn ? [...DRAWN, 'absent_preferred'] : PAPER)
  const commitment = new Fields(file.any('commitment'), ['text', 'sha256'], 'commitment')
  return {
    commitment: { text: commitment.text('text', /^/), sha256: commitment.text('sha256', HASH) },
    state,
    entrants,
    entropy: isDrawn ? entropyIn(file) : null,
    winners: isDrawn ? await winnersIn(file, pace) : [],
    absentPreferred: file.has('absent_preferred') ? await absencesIn(file, pace) : null,
  }
}

function entrantsIn(file: Fields): Entrants {
  const entrants = new Fields(file.any('entrants'), ['count', 'root', 'published_at', 'total_weight', 'fingerprint', 'list'], 'entrants')
  return {
    count: entrants.integer('count', 0, MOST_ENTRANTS),
    root: entrants.text('root', HASH),
    publishedAt: entrants.integer('published_at', 0, Number.MAX_SAFE_INTEGER),
    totalWeight: entrants.integer('total_weight', 0, Number.MAX_SAFE_INTEGER),
    fingerprint: entrants.text('fingerprint', HASH),
    list: entrants.has('list') ? (entrants.list('list') as readonly Entry[]) : null,
  }
}

async function checkEntries(list: readonly unknown[], pace: Pace): Promise<void> {
  if (list.length > MOST_ENTRANTS) throw new Malformed('entrants.list')
  for (const [place, entry] of list.entries()) {
    if (pace.due()) await pace.rest('reading', place, list.length)
    const [code, weight, salt, ...more] = Array.isArray(entry) ? (entry as unknown[]) : []
    const isEntry = isText(code, CODE) && isInteger(weight, 0, LARGEST_WEIGHT) && isText(salt, SALT) && more.length === 0
    if (!isEntry) throw new Malformed(`entrants.list[${place}]`)
  }
}

function entropyIn(file: Fields): DrandRound | OfflineSeed {
  const entropy = new Fields(file.any('entropy'), ['kind', 'round', 'signature', 'seed', 'label'], 'entropy')
  const kind = entropy.any('kind')
  if (kind === 'drand') {
    entropy.only(['kind', 'round', 'signature'])
    return { kind, round: entropy.integer('round', 1, Number.MAX_SAFE_INTEGER), signature: entropy.text('signature', /^[0-9a-f]{96}$/) }
  }
  if (kind !== 'offline') throw new Malformed('entropy.kind')
  entropy.only(['kind', 'seed', 'label'])
  return { kind, seed: entropy.text('seed', HASH), label: entropy.text('label', /^/) }
}

async function winnersIn(file: Fields, pace: Pace): Promise<Winner[]> {
  const given = file.list('winners')
  const winners: Winner[] = []
  for (const [place, value] of given.entries()) {
    if (pace.due()) await pace.rest('reading', place, given.length)
    const winner = new Fields(value, [...LEAF, 'prize', 'preferred'], `winners[${place}]`)
    winners.push({ ...leafIn(winner, true), prize: winner.integer('prize', 0, MOST_PRIZES - 1), preferred: winner.boolean('preferred') })
  }
  return winners
}

async function absencesIn(file: Fields, pace: Pace): Promise<Absence[]> {
  const given = file.list('absent_preferred')
  const absences: Absence[] = []
  for (const [place, value] of given.entries()) {
    if (pace.due()) await pace.rest('reading', place, given.length)
    const absence = new Fields(value, ['code', 'left', 'right'], `absent_preferred[${place}]`)
    const neighbour = (name: string) => (absence.any(name) === null ? null : leafIn(new Fields(absence.any(name), LEAF, absence.at(name)), false))
    absences.push({ code: absence.text('code', CODE), left: neighbour('left'), right: neighbour('right') })
  }
  return absences
}

/** A leaf with its place and its path. */
export function leafIn(fields: Fields, mayLeaveOutPath: boolean): LeafAt {
  return {
    index: fields.integer('index', 0, MOST_ENTRANTS - 1),
    code: fields.text('code', CODE),
    weight: fields.integer('weight', 0, LARGEST_WEIGHT),
    salt: fields.text('salt', SALT),
    path: mayLeaveOutPath && !fields.has('path') ? null : pathIn(fields),
  }
}

function pathIn(fields: Fields): Uint8Array[] {
  const path = fields.list('path')
  if (path.length > LONGEST_PATH) throw new Malformed(fields.at('path'))
  return path.map((hash) => {
    if (!isText(hash, HASH)) throw new Malformed(fields.at('path'))
    return hexToBytes(hash)
  })
}
