/** The test vectors that both implementations share, and files made wrong. For tests only. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Chain } from './drand'

const FOLDER = join(import.meta.dirname, '../../../tests/vectors/draw')

export type Place = string | number
type Container = Record<Place, unknown>

export const bytesOf = (name: string): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(join(FOLDER, name)))
export const vectors = (name: string): unknown => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'))

interface ChainPaper {
  readonly chain: string
  readonly public_key: string
  readonly period_s: number
  readonly genesis: number
  readonly scheme: string
}

export const proofs = vectors('proofs.json') as {
  readonly chains: readonly ChainPaper[]
  readonly hold: readonly string[]
  readonly changed: readonly { readonly file: string; readonly at: readonly Place[]; readonly to?: unknown; readonly fails: string }[]
  readonly crafted: readonly { readonly name: string; readonly proof: unknown; readonly fails: string; readonly chains?: readonly ChainPaper[] }[]
  readonly no_files: readonly string[]
}

export const chainsIn = (papers: readonly ChainPaper[]): Chain[] =>
  papers.map(({ chain, public_key, period_s, genesis, scheme }) => ({ chain, publicKey: public_key, periodS: period_s, genesis, scheme }))

/** The chains the vectors are verified with. */
export const CHAINS: readonly Chain[] = chainsIn(proofs.chains)

/** Where every leaf value stands. */
export function leavesOf(value: unknown, at: readonly Place[] = []): (readonly Place[])[] {
  if (typeof value !== 'object' || value === null) return [at]
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...at, Array.isArray(value) ? Number(name) : name]))
}

/** A copy in which another value stands at this place; undefined takes the member out. */
export function changed(value: unknown, at: readonly Place[], to: (was: unknown) => unknown): unknown {
  const copy = structuredClone(value)
  const [last = '', ...above] = [...at].reverse()
  const container = above.reverse().reduce((inner, name) => (inner as Container)[name], copy) as Container
  const now = to(container[last])
  if (now !== undefined) container[last] = now
  else if (Array.isArray(container)) container.splice(Number(last), 1)
  else Reflect.deleteProperty(container, last)
  return copy
}
