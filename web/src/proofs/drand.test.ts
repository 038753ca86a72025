import { expect, test } from 'vitest'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { QUICKNET, firstRoundFrom, isRoundSignature } from './drand'

// published by the drand project, for a test chain of the same scheme
const KEY =
  '81d320f220ee9c79e60e19dedc838c31e3ab919b15481e9feb52f643628c4f6a13fdc52129493875a818109d767272ca0541cbcdcea9335f2870d781b39b845ba8cbd44fdfe4967781cf72ca5917fc9398bcf97ca0548ed5a709016c4b1ff0f3'
const SIGNATURE = '95c93585c513ebbcb4777ff15599b3140e5ec0295faa0e483f3deadd88fa6d43f0d3703e3a4ce106e8fd6c6987f32126'

test('the signature of a round is right for that round, and its hash is the randomness', () => {
  expect(isRoundSignature(KEY, 38n, SIGNATURE)).toBe(true)
  expect(bytesToHex(sha256(hexToBytes(SIGNATURE)))).toBe('b2fc21325a24904a6a9e81a6c63f65f6cec3f0b2400df3f4a56b214770e9ccca')
})

test.each([2n, 37n, 39n, 55n])('it is wrong for round %s', (round) => {
  expect(isRoundSignature(KEY, round, SIGNATURE)).toBe(false)
})

test('another key, the points at infinity, no points at all and other lengths are wrong, and do not throw', () => {
  const nothing = `c0${'0'.repeat(94)}`
  const noKey = `c0${'0'.repeat(190)}`

  expect(isRoundSignature(QUICKNET.publicKey, 38n, SIGNATURE)).toBe(false)
  expect([isRoundSignature(KEY, 38n, nothing), isRoundSignature(noKey, 38n, SIGNATURE), isRoundSignature(noKey, 38n, nothing)]).toEqual([false, false, false])
  for (const signature of ['', '00', 'f'.repeat(96), '0'.repeat(96), `b5${SIGNATURE.slice(2)}`, SIGNATURE.slice(2), 'zz']) expect(isRoundSignature(KEY, 38n, signature)).toBe(false)
})

test('the round of a moment is the first one that is out at it or later', () => {
  const chain = { genesis: 1_000, periodS: 3 }

  expect([0n, 1_000_000n, 1_000_001n, 1_003_000n, 1_003_001n].map((ms) => firstRoundFrom(ms, chain))).toEqual([1n, 1n, 2n, 2n, 3n])
  expect(firstRoundFrom(9_007_199_254_740_993n, QUICKNET)).toBe((9_007_199_254_740_993n - 1_692_803_367_000n + 2_999n) / 3_000n + 1n)
})
