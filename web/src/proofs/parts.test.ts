/** The parts of a proof against the vectors that both implementations share. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { byCodePoint, readCanonical } from './canonical'
import { firstRoundFrom, isRoundSignature } from './drand'
import { checkFingerprint } from './entrants'
import { GrowingTree, leafHash, rootOfPath, type Leaf } from './merkle'
import type { ProofFile } from './proof_file'
import { winnersOf } from './selection'
import { Stream, streamKey } from './stream'
import { Report } from './verdict'
import { vectors } from './vectors'

const leafIn = (entry: string): Leaf => {
  const [code = '', weight = '', salt = ''] = entry.split('\t')
  return { code, weight: Number(weight), salt }
}
const hashes = (path: readonly string[]) => path.map((hash) => hexToBytes(hash))

test('a canonical text is read, its hash is that of its UTF-8, and any other text is not read', () => {
  const { canonical, not_canonical } = vectors('commitment.json') as { canonical: { text: string; sha256: string }[]; not_canonical: string[] }

  for (const { text, sha256: hash } of canonical) {
    expect(readCanonical(text), text).toBeDefined()
    expect(bytesToHex(sha256(utf8ToBytes(text)))).toBe(hash)
  }
  for (const text of not_canonical) expect(readCanonical(text), text.slice(0, 80)).toBeUndefined()
})

test.each(['', '{', '[1,]', '{"a":1,}', '"\u0001"', '"\\u000a"', '"\\u001F"', '"\ud800"', '01', '-', '1 ', 'nul', 'true1', '"', '{"a"}', '"\\x"', '[1 ,2]'])('%j is not canonical', (text) => {
  expect(readCanonical(text)).toBeUndefined()
})

test('code points are compared whole, not by their halves', () => {
  expect(['👍', '～', 'z', '', 'za'].sort(byCodePoint)).toEqual(['', 'z', 'za', '～', '👍'])
})

test('trees of every shape have the published roots, and each path leads there', () => {
  interface Tree {
    count: number
    entries: string[]
    root: string
    paths: { index: number; path: string[] }[]
  }
  const { trees, wrong } = vectors('merkle.json') as { trees: Tree[]; wrong: { why: string; entry: string; index: number; count: number; root: string; path: string[] }[] }

  for (const { count, entries, root, paths } of trees) {
    const tree = new GrowingTree()
    for (const entry of entries) tree.add(leafHash(leafIn(entry)))
    expect(bytesToHex(tree.root())).toBe(root)
    for (const { index, path } of paths) {
      const reached = rootOfPath(leafHash(leafIn(entries[index] ?? '')), index, count, hashes(path))
      expect(reached && bytesToHex(reached), `${index} of ${count}`).toBe(root)
    }
  }
  for (const { why, entry, index, count, root, path } of wrong) {
    const reached = rootOfPath(leafHash(leafIn(entry)), index, count, hashes(path))
    expect(reached && bytesToHex(reached), why).not.toBe(root)
  }
})

test('the stream gives the published words and numbers, also above 2^53', () => {
  interface Key {
    randomness: string
    commitment_sha256: string
    root: string
    count: number
    key: string
    words: string[]
  }
  const { keys, uniform } = vectors('stream.json') as { keys: Key[]; uniform: { key: string; below: string[]; results: string[] }[] }

  for (const { randomness, commitment_sha256, root, count, key, words } of keys) {
    const made = streamKey(hexToBytes(randomness), hexToBytes(commitment_sha256), hexToBytes(root), count)
    const stream = new Stream(made)
    expect([bytesToHex(made), ...words.map(() => String(stream.nextWord()))]).toEqual([key, ...words])
  }
  for (const { key, below, results } of uniform) {
    const stream = new Stream(hexToBytes(key))
    expect(below.map((limit) => String(stream.uniform(BigInt(limit))))).toEqual(results)
  }
})

interface Selection {
  name: string
  key: string
  entrants: number
  weights: number[] | null
  counts: number[]
  preferred: [prize: number, index: number][]
  repeat_winners: boolean
  winners: [prize: number, index: number, preferred: boolean][]
}

test.each((vectors('selection.json') as Selection[]).map((one) => [one.name, one] as const))('the winners are those of the vector: %s', (_, vector) => {
  const drawing = {
    count: vector.entrants,
    prizes: vector.counts,
    repeatWinners: vector.repeat_winners,
    preferred: vector.preferred.map(([prize, index]) => ({ prize, code: String(index) })),
    weights: vector.weights && Float64Array.from(vector.weights),
    placeOf: Number,
  }
  const winners = Array.from(winnersOf(drawing, new Stream(hexToBytes(vector.key))), ({ prize, index, preferred }) => [prize, index, preferred])

  expect(winners).toEqual(vector.winners)
})

test('the fingerprint is that of the vectors', () => {
  interface Fingerprint {
    commitment_sha256: string
    root: string
    count: number
    total_weight: number
    published_at: number
    fingerprint: string
  }
  for (const { commitment_sha256, root, count, total_weight, published_at, fingerprint } of vectors('fingerprint.json') as Fingerprint[]) {
    const report = new Report()
    const entrants = { count, root, publishedAt: published_at, totalWeight: total_weight, fingerprint, list: null }
    checkFingerprint({ commitment: { text: '', sha256: commitment_sha256 }, entrants } as unknown as ProofFile, report)

    expect(report.isFine('fingerprint')).toBe(true)
  }
})

test('rounds and their signatures are those of the vectors', () => {
  interface Signature {
    scheme: string
    public_key: string
    round: number
    signature: string
    holds: boolean
  }
  interface Round {
    genesis: number
    period_s: number
    delay_s: number
    published_at: number
    round: number
  }
  const { signatures, rounds } = vectors('drand.json') as { signatures: Signature[]; rounds: Round[] }

  for (const { scheme, public_key, round, signature, holds } of signatures) {
    if (scheme === 'bls-unchained-g1-rfc9380') expect(isRoundSignature(public_key, BigInt(round), signature), signature).toBe(holds)
  }
  for (const { genesis, period_s, delay_s, published_at, round } of rounds) {
    expect(firstRoundFrom(BigInt(published_at) + BigInt(delay_s) * 1000n, { genesis, periodS: period_s })).toBe(BigInt(round))
  }
})
