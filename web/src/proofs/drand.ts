/** One round of public randomness from drand: whether its signature is right. Pure. */
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { hexToBytes } from '@noble/hashes/utils.js'
import { HASH, isInteger, isText } from './fields'
import { QUICKNET_HASH } from './quicknet'
import { readJson } from './read_json'
import { eightBytes } from './stream'

export const SCHEME = 'bls-unchained-g1-rfc9380'
const KEY = /^[0-9a-f]{192}$/
export const LONGEST_PERIOD_S = 86_400
const DOMAIN = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_'

export interface Chain {
  readonly chain: string
  readonly publicKey: string
  readonly scheme: string
  readonly periodS: number
  /** Unix seconds of round 1. */
  readonly genesis: number
}

/** The chain a draw should use: many independent parties make its rounds together. Anybody can make a chain of their own. */
export const QUICKNET: Chain = {
  chain: QUICKNET_HASH,
  publicKey:
    '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
  scheme: SCHEME,
  periodS: 3,
  genesis: 1_692_803_367,
}

/** Whether the signature (48 bytes in hex) is that of this round by the owners of the public key (96 bytes in hex). */
export function isRoundSignature(publicKey: string, round: bigint, signature: string): boolean {
  const { shortSignatures, G1, G2 } = bls12_381
  try {
    const key = G2.Point.fromBytes(hexToBytes(publicKey))
    const signed = G1.Point.fromBytes(hexToBytes(signature))
    if (key.is0() || signed.is0()) return false
    key.assertValidity()
    signed.assertValidity()
    return shortSignatures.verify(signed, shortSignatures.hash(sha256(eightBytes(round)), DOMAIN), key)
  } catch {
    return false // no point of the curve, or none of the right order
  }
}

/** The first round that is out at this moment, in Unix milliseconds, or later. */
export function firstRoundFrom(ms: bigint, { genesis, periodS }: Pick<Chain, 'genesis' | 'periodS'>): bigint {
  const [since, period] = [ms - BigInt(genesis) * 1000n, BigInt(periodS) * 1000n]
  return since <= 0n ? 1n : (since + period - 1n) / period + 1n
}

/** The chain that tells this of itself at /info; null: it is none, or of a scheme that no draw can use. */
export function chainIn(text: string): Chain | null {
  const told = readJson(new TextEncoder().encode(text))
  if (typeof told !== 'object' || told === null) return null
  const { hash, public_key: publicKey, period: periodS, genesis_time: genesis, schemeID: scheme } = told as Record<string, unknown>
  const isChain = isText(hash, HASH) && isText(publicKey, KEY) && isInteger(periodS, 1, LONGEST_PERIOD_S) && isInteger(genesis, 0, Number.MAX_SAFE_INTEGER) && scheme === SCHEME
  return isChain ? { chain: hash, publicKey, scheme: SCHEME, periodS, genesis } : null
}

export function isSameChain(one: Chain, other: Chain): boolean {
  return one.chain === other.chain && one.publicKey === other.publicKey && one.scheme === other.scheme && one.periodS === other.periodS && one.genesis === other.genesis
}
