/** The stream of words that a draw takes its numbers from. Pure. */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'

const LABEL = utf8ToBytes('turnout-draw-1')
const WORDS = 1n << 64n
const WORDS_PER_BLOCK = 4

/** Eight bytes, big-endian. */
export function eightBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value)
  return bytes
}

export function streamKey(randomness: Uint8Array, commitment: Uint8Array, root: Uint8Array, count: number): Uint8Array {
  return hmac(sha256, randomness, concatBytes(LABEL, commitment, root, eightBytes(BigInt(count))))
}

export class Stream {
  private block: DataView | null = null
  private word = 0
  private blocks = 0n

  constructor(private readonly key: Uint8Array) {}

  /** A number from 0 to below - 1, each as likely; below is at least 1. Words at the top that would favour small numbers are passed over. */
  uniform(below: bigint): bigint {
    const limit = WORDS - (WORDS % below)
    let word = this.nextWord()
    while (word >= limit) word = this.nextWord()
    return word % below
  }

  nextWord(): bigint {
    if (!this.block || this.word === WORDS_PER_BLOCK) {
      const bytes = hmac(sha256, this.key, eightBytes(this.blocks++))
      this.block = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      this.word = 0
    }
    return this.block.getBigUint64(8 * this.word++)
  }
}
