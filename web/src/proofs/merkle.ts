/** The entrants as leaves, and the Merkle tree of RFC 9162, section 2.1, over them. Pure. */
import { sha256 } from '@noble/hashes/sha2.js'

export const HASH_BYTES = 32

/** 0x00, a code of 40, TAB, a weight of 7, TAB, a salt of 64. */
const LONGEST_LEAF = 1 + 40 + 1 + 7 + 1 + 64

export interface Leaf {
  readonly code: string
  readonly weight: number
  readonly salt: string
}

const leafBytes = new Uint8Array(LONGEST_LEAF)
const nodeBytes = new Uint8Array(1 + 2 * HASH_BYTES).fill(1, 0, 1)

/** SHA-256(0x00 || code TAB weight TAB salt). The leaf's texts are ASCII and within their bounds. */
export function leafHash({ code, weight, salt }: Leaf): Uint8Array {
  let length = put(code, 1)
  leafBytes[length++] = 9
  length = put(String(weight), length)
  leafBytes[length++] = 9
  return sha256(leafBytes.subarray(0, put(salt, length)))
}

function put(text: string, at: number): number {
  for (let place = 0; place < text.length; place++) leafBytes[at++] = text.charCodeAt(place)
  return at
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeBytes.set(left, 1)
  nodeBytes.set(right, 1 + HASH_BYTES)
  return sha256(nodeBytes)
}

/** A tree that takes its leaves one by one and keeps only the roots of its full subtrees: one for each 1 in the number of leaves. */
export class GrowingTree {
  private readonly full: Uint8Array[] = []
  private count = 0

  add(leaf: Uint8Array): void {
    let node = leaf
    for (let rest = this.count; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.full.pop()
      if (left) node = nodeHash(left, node)
    }
    this.full.push(node)
    this.count++
  }

  root(): Uint8Array {
    const [last, ...others] = [...this.full].reverse()
    return last ? others.reduce((right, left) => nodeHash(left, right), last) : sha256(new Uint8Array())
  }
}

/** The root that a leaf at this place of a tree of so many leaves leads to, RFC 9162, section 2.1.3.2; null: no such path. */
export function rootOfPath(leaf: Uint8Array, index: number, count: number, path: readonly Uint8Array[]): Uint8Array | null {
  if (index >= count) return null
  let place = index
  let last = count - 1
  let node = leaf
  for (const sibling of path) {
    if (last === 0) return null
    if (place % 2 === 1 || place === last) {
      node = nodeHash(sibling, node)
      while (place % 2 === 0 && place !== 0) [place, last] = [place / 2, Math.floor(last / 2)]
    } else node = nodeHash(node, sibling)
    ;[place, last] = [Math.floor(place / 2), Math.floor(last / 2)]
  }
  return last === 0 ? node : null
}
