import { expect, test, vi } from 'vitest'
import type * as Drand from './drand'
import { verifyMembership } from './membership'
import { Stopped } from './pace'
import { readJson } from './read_json'
import { CHAINS, bytesOf, chainsIn, changed, leavesOf, proofs, vectors } from './vectors'
import type { Check } from './verdict'
import { verifyProof } from './verify'

// thousands of files differ in something else than their signature: each signature is worked out once
vi.mock('./drand', async (original) => {
  const drand = await original<typeof Drand>()
  const known = new Map<string, boolean>()
  const isRoundSignature: typeof drand.isRoundSignature = (...what) => {
    const key = what.join(' ')
    const holds = known.get(key) ?? drand.isRoundSignature(...what)
    known.set(key, holds)
    return holds
  }
  return { ...drand, isRoundSignature }
})

const judged = (value: unknown) => verifyProof(value, { chains: CHAINS })
const failed = ({ checks }: { checks: readonly Check<string>[] }): string[] => checks.filter(({ state }) => state === 'failed').map(({ name }) => name)
const file = (name: string) => readJson(bytesOf(name))

test.each(proofs.hold)('%s holds', async (name) => {
  const verdict = await judged(file(name))

  expect([failed(verdict), verdict.holds]).toEqual([[], true])
})

/** Another value of the same kind, as near as can be. */
function mutated(was: unknown): unknown[] {
  if (typeof was === 'boolean') return [!was, null]
  if (typeof was === 'number') return [was + 1, was - 1, was + 0.5, String(was)]
  if (was === null) return [0, {}]
  const text = was as string
  const other = (letter: string) => (letter === '0' ? '1' : '0')
  const ends = text === '' ? [] : [other(text.charAt(0)) + text.slice(1), text.slice(0, -1) + other(text.slice(-1)), text.slice(0, -1)]
  return [...ends, `${text}0`, `${text}00`, /[a-f]/.test(text) ? text.toUpperCase() : `${text} `, null]
}

test.each(proofs.hold)(
  'whatever leaf value of %s is changed, a check fails',
  async (name) => {
    const proof = file(name)
    let made = 0
    for (const at of leavesOf(proof)) {
      for (const to of mutated(at.reduce<unknown>((inner, place) => (inner as Record<string, unknown>)[place], proof))) {
        const verdict = await judged(changed(proof, at, () => to))
        made++
        expect(verdict.holds, `${at.join('.')} → ${JSON.stringify(to)}`).toBe(false)
      }
    }

    expect(made).toBeGreaterThan(50)
  },
  120_000,
)

test('every member that is taken out is missed, and every one that is put in is seen', async () => {
  for (const name of proofs.hold) {
    const proof = file(name)
    for (const at of leavesOf(proof)) expect((await judged(changed(proof, at, () => undefined))).holds, `${name} without ${at.join('.')}`).toBe(false)
    expect((await judged(changed(proof, ['more'], () => 1))).holds).toBe(false)
  }
}, 60_000)

test.each(proofs.changed.map((one) => [`${one.file} ${one.at.join('.')} → ${'to' in one ? JSON.stringify(one.to).slice(0, 60) : 'nothing'}`, one] as const))('%s fails where it should', async (_, { file: name, at, to, fails }) => {
  expect(failed(await judged(changed(file(name), at, () => to)))).toContain(fails)
})

test.each(proofs.crafted.map((one) => [one.name, one] as const))('a crafted proof fails where it should: %s', async (_, { proof, fails, chains }) => {
  const verdict = await verifyProof(proof, { chains: [...CHAINS, ...chainsIn(chains ?? [])] })

  expect(failed(verdict)).toContain(fails)
})

test('what is no file at all fails its format', async () => {
  for (const text of proofs.no_files) expect(failed(await judged(readJson(new TextEncoder().encode(text))))).toEqual(['format'])
  const circle: unknown[] = []
  circle.push(circle)
  const hostile = [undefined, null, 0, '', [], {}, circle, { format: 'turnout-draw-proof', version: 1, __proto__: null }, new Proxy({}, { ownKeys: () => { throw new RangeError() } })]
  for (const value of hostile) expect(failed(await judged(value))).toEqual(['format'])
})

test.each(['1.0', '[1e0]', '{"a":-1.5}', '{"a":1E2}', '[', '\ufeff{}'])('%j is not read', (text) => {
  expect(readJson(new TextEncoder().encode(text))).toBeUndefined()
})

test('numbers are looked for outside of texts only, and bytes that are no UTF-8 are not read', () => {
  expect(readJson(new TextEncoder().encode('{"a.1e5":["\\"1.5",true,false,null,12]}'))).toEqual({ 'a.1e5': ['"1.5', true, false, null, 12] })
  expect(readJson(Uint8Array.of(0x22, 0xff, 0x22))).toBeUndefined()
})

test('a chain that nobody named is not believed', async () => {
  const verdict = await verifyProof(file('proofs/drand.json'))

  expect(failed(verdict)).toEqual(['chain'])
})

test('whoever asks is told how far it is, and can stop it', async () => {
  const proof = file('proofs/drand_listed.json')
  const onProgress = vi.fn()
  await verifyProof(proof, { chains: CHAINS, onProgress })
  expect(onProgress).toHaveBeenCalledWith({ stage: 'entropy', done: 0, of: 1 })

  const asker = new AbortController()
  asker.abort()
  await expect(verifyProof(proof, { signal: asker.signal })).rejects.toThrow(Stopped)
})

const memberships = vectors('memberships.json') as Record<'hold' | 'wrong', { proof: string | null; membership: Record<string, unknown>; fails?: string }[]>
const proofOf = (name: string | null) => (name === null ? null : judged(file(name)))

test('memberships are judged as the vectors say, alone and with their proof', async () => {
  for (const { proof, membership } of memberships.hold) {
    expect(failed(verifyMembership(membership, await proofOf(proof)))).toEqual([])
    expect(verifyMembership(membership, null).holds).toBe(true)
  }
  for (const { proof, membership, fails } of memberships.wrong) expect(failed(verifyMembership(membership, await proofOf(proof)))).toContain(fails)
})

test('whatever leaf value of a membership is changed, a check fails', async () => {
  for (const { proof, membership } of memberships.hold) {
    const verdict = await proofOf(proof)
    for (const at of leavesOf(membership)) {
      for (const to of mutated(at.reduce<unknown>((inner, place) => (inner as Record<string, unknown>)[place], membership))) {
        expect(verifyMembership(changed(membership, at, () => to), verdict).holds, `${at.join('.')} → ${JSON.stringify(to)}`).toBe(false)
      }
    }
  }
})
