/** The entrants: their order, their weights, and that the root is that of exactly these. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { GrowingTree, leafHash, rootOfPath, type Leaf } from './merkle'
import type { Pace } from './pace'
import type { Absence, Entrants, Entry, LeafAt, ProofFile } from './proof_file'
import { eightBytes } from './stream'
import type { Report } from './verdict'

const LABEL = utf8ToBytes('turnout-draw-fingerprint-1')

/** What the checks have shown about entrants. */
export interface Known {
  /** The weights by place; null when all are 1. */
  readonly weights: Float64Array | null
  /** The place of a winner or a declared preferred one; null: no entrant. */
  readonly placeOf: (code: string) => number | null
}

/** With the list: every entry, in order, up to the root; and the winners are entries of it. */
export async function checkList({ entrants, winners: named }: ProofFile, list: readonly Entry[], weighted: boolean, report: Report, pace: Pace): Promise<Known> {
  report.make('tree', 'order', 'weights')
  if (list.length !== entrants.count) report.fail('tree', 'count_differs', { said: entrants.count, found: list.length })
  const weights = new Float64Array(list.length)
  const tree = new GrowingTree()
  let last = ''
  let sum = 0
  for (const [place, entry] of list.entries()) {
    if (pace.due()) await pace.rest('entrants', place, list.length)
    const leaf = leafOf(entry)
    if (leaf.code <= last) report.fail('order', 'not_sorted', { code: leaf.code, place })
    if (!weighted && leaf.weight !== 1) report.fail('weights', 'weight_not_one', { code: leaf.code, weight: leaf.weight })
    last = leaf.code
    weights[place] = leaf.weight
    sum += leaf.weight
    tree.add(leafHash(leaf))
  }
  if (sum !== entrants.totalWeight) report.fail('weights', 'sum_differs', { said: entrants.totalWeight, found: sum })
  if (bytesToHex(tree.root()) !== entrants.root) report.fail('tree', 'root_differs')
  for (const [place, leaf] of named.entries()) {
    if (pace.due()) await pace.rest('paths', place, named.length)
    if (!isEntryOf(list, leaf)) report.fail('tree', 'not_in_list', { code: leaf.code })
    else if (leaf.path && !leadsTo(entrants, leaf)) report.fail('tree', 'path_wrong', { code: leaf.code })
  }
  return { weights: weighted ? weights : null, placeOf: (code) => placeIn(list, code) }
}

/** Without the list: the path of everybody named, and that their places are in the order of their codes. */
export async function checkPaths(file: ProofFile, weighted: boolean, report: Report, pace: Pace): Promise<Known> {
  const { entrants, winners } = file
  report.make('tree', 'order', 'weights')
  if (entrants.count === 0 && bytesToHex(new GrowingTree().root()) !== entrants.root) report.fail('tree', 'root_differs')
  const seen = [...winners, ...(file.absentPreferred ?? []).flatMap(({ left, right }) => [left, right].filter((leaf) => leaf !== null))]
  for (const [place, leaf] of seen.entries()) {
    if (pace.due()) await pace.rest('paths', place, seen.length)
    if (!leadsTo(entrants, leaf)) report.fail('tree', 'path_wrong', { code: leaf.code })
  }
  const places = new Map(winners.map(({ code, index }) => [code, index]))
  seen.sort((one, other) => one.index - other.index)
  for (const [place, leaf] of seen.entries()) {
    const before = seen[place - 1]
    const fits = !before || (before.index === leaf.index ? before.code === leaf.code : before.code < leaf.code)
    if (!fits) report.fail('order', 'not_sorted', { code: leaf.code, place: leaf.index })
    if (!weighted && leaf.weight !== 1) report.fail('weights', 'weight_not_one', { code: leaf.code, weight: leaf.weight })
  }
  return { weights: null, placeOf: (code) => places.get(code) ?? null }
}

/** Without weights everybody has the weight 1. */
export function checkCount({ totalWeight, count }: Entrants, report: Report): void {
  report.make('weights')
  if (totalWeight !== count) report.fail('weights', 'sum_differs', { said: totalWeight, found: count })
}

/** The fingerprint binds the commitment, the list, its length, its weight and the time: none of them was changed after it was published. */
export function checkFingerprint({ commitment, entrants }: ProofFile, report: Report): void {
  report.make('fingerprint')
  const numbers = [entrants.count, entrants.totalWeight, entrants.publishedAt].map((number) => eightBytes(BigInt(number)))
  const fingerprint = sha256(concatBytes(LABEL, hexToBytes(commitment.sha256), rootBytes(entrants), ...numbers))
  if (bytesToHex(fingerprint) !== entrants.fingerprint) report.fail('fingerprint', 'fingerprint_differs')
}

export function leadsTo({ root, count }: Pick<Entrants, 'root' | 'count'>, leaf: LeafAt): boolean {
  const reached = leaf.path && rootOfPath(leafHash(leaf), leaf.index, count, leaf.path)
  return reached !== null && bytesToHex(reached) === root
}

/** Whether they are neighbours in the sorted tree, and the code would stand between them: so it is not there. */
export function isBetween({ code, left, right }: Absence, count: number): boolean {
  const next = left ? left.index + 1 : 0
  if (right ? right.index !== next : next !== count) return false
  return (!left || left.code < code) && (!right || code < right.code)
}

const leafOf = ([code, weight, salt]: Entry): Leaf => ({ code, weight, salt })

/** Whether this leaf stands at its place of the list. */
export function isEntryOf(list: readonly Entry[], { index, code, weight, salt }: LeafAt): boolean {
  const entry = list[index]
  return entry?.[0] === code && entry[1] === weight && entry[2] === salt
}

/** The place of a code in the sorted list; null: it is not there. */
export function placeIn(list: readonly Entry[], code: string): number | null {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((list[middle]?.[0] ?? '') < code) low = middle + 1
    else high = middle
  }
  return list[low]?.[0] === code ? low : null
}

export const rootBytes = ({ root }: Entrants): Uint8Array => hexToBytes(root)
