/** Who wins: the published algorithm over a stream. Pure. */
import type { Stream } from './stream'

export interface Pick {
  readonly prize: number
  readonly index: number
  readonly preferred: boolean
}

export interface Drawing {
  readonly count: number
  /** How many of each prize. */
  readonly prizes: readonly number[]
  readonly repeatWinners: boolean
  readonly preferred: readonly { readonly prize: number; readonly code: string }[]
  /** The weights by place; null when all are alike. */
  readonly weights: Float64Array | null
  /** The place of an entrant; null: no entrant. */
  readonly placeOf: (code: string) => number | null
}

/** The winners in the order of drawing, one at a time: whoever compares them can stop at the first that differs. */
export function* winnersOf(drawing: Drawing, stream: Stream): Generator<Pick> {
  const pot = drawing.weights ? new WeightedPot(drawing.weights) : new EqualPot(drawing.count)
  for (const [prize, wanted] of drawing.prizes.entries()) {
    if (drawing.repeatWinners) pot.refill()
    let full = 0
    for (const { prize: of, code } of drawing.preferred) {
      if (of !== prize || full === wanted) continue
      const index = drawing.placeOf(code)
      if (index === null || pot.hasTaken(index)) continue
      pot.take(index)
      full++
      yield { prize, index, preferred: true }
    }
    for (; full < wanted; full++) {
      const index = pot.draw(stream)
      if (index === null) break
      yield { prize, index, preferred: false }
    }
  }
}

interface Pot {
  refill(): void
  hasTaken(index: number): boolean
  take(index: number): void
  /** Takes one out by the stream; null when nobody can be drawn. */
  draw(stream: Stream): number | null
}

/** The list 0 … N-1 with swaps; only what was swapped is kept, so a million entrants cost nothing. */
export class EqualPot implements Pot {
  private taken = 0
  private readonly at = new Map<number, number>()
  private readonly where = new Map<number, number>()

  constructor(private readonly count: number) {}

  refill(): void {
    this.taken = 0
    this.at.clear()
    this.where.clear()
  }

  hasTaken(index: number): boolean {
    return this.placeOf(index) < this.taken
  }

  take(index: number): void {
    this.swap(this.taken++, this.placeOf(index))
  }

  draw(stream: Stream): number | null {
    if (this.taken >= this.count) return null
    const place = this.taken + Number(stream.uniform(BigInt(this.count - this.taken)))
    const index = this.at.get(place) ?? place
    this.swap(this.taken++, place)
    return index
  }

  private placeOf(index: number): number {
    return this.where.get(index) ?? index
  }

  private swap(one: number, other: number): void {
    const [first, second] = [this.at.get(one) ?? one, this.at.get(other) ?? other]
    this.put(one, second)
    this.put(other, first)
  }

  private put(place: number, index: number): void {
    this.at.set(place, index)
    this.where.set(index, place)
  }
}

/** Running sums in a tree of partial sums (Fenwick). They stay below 2^53, where numbers are exact: 5,000,000 × 1,000,000. */
export class WeightedPot implements Pot {
  private readonly sums: Float64Array
  private readonly top: number
  private readonly taken = new Set<number>()
  private left = 0

  constructor(private readonly weights: Float64Array) {
    const count = weights.length
    this.sums = new Float64Array(count + 1)
    this.top = 2 ** Math.floor(Math.log2(Math.max(1, count)))
    for (let node = 1; node <= count; node++) {
      const weight = weights[node - 1] ?? 0
      this.left += weight
      this.raise(node, (this.sums[node] ?? 0) + weight, count)
    }
  }

  refill(): void {
    for (const index of this.taken) this.change(index, this.weights[index] ?? 0)
    this.taken.clear()
  }

  hasTaken(index: number): boolean {
    return this.taken.has(index)
  }

  take(index: number): void {
    this.taken.add(index)
    this.change(index, -(this.weights[index] ?? 0))
  }

  draw(stream: Stream): number | null {
    if (this.left <= 0) return null
    const index = this.find(Number(stream.uniform(BigInt(this.left))))
    this.take(index)
    return index
  }

  /** The entrant in whose part of the running sum this number falls. */
  private find(number: number): number {
    let node = 0
    let rest = number
    for (let step = this.top; step >= 1; step /= 2) {
      const sum = this.sums[node + step]
      if (sum === undefined || sum > rest) continue
      node += step
      rest -= sum
    }
    return node
  }

  private change(index: number, by: number): void {
    this.left += by
    for (let node = index + 1; node < this.sums.length; node += node & -node) this.sums[node] = (this.sums[node] ?? 0) + by
  }

  private raise(node: number, sum: number, count: number): void {
    this.sums[node] = sum
    const parent = node + (node & -node)
    if (parent <= count) this.sums[parent] = (this.sums[parent] ?? 0) + sum
  }
}
