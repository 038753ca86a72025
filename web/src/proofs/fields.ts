/** Members of a JSON object from anywhere, each held to its type and bounds. Pure. */

/** Something stands there that must not, or does not stand there: where says what. */
export class Malformed extends Error {
  constructor(readonly where: string) {
    super(`malformed: ${where}`)
  }
}

export const MOST_ENTRANTS = 5_000_000
export const LARGEST_WEIGHT = 1_000_000
export const MOST_PRIZES = 100
export const LONGEST_PATH = 64
export const HASH = /^[0-9a-f]{64}$/
export const CODE = /^[a-z0-9_]{1,40}$/
export const SALT = /^(?:[0-9a-f]{2}){0,32}$/

export const isInteger = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most && !Object.is(value, -0)

export const isText = (value: unknown, pattern: RegExp): value is string => typeof value === 'string' && pattern.test(value)

export class Fields {
  private readonly members: Map<string, unknown>

  /** may: the names that may be there; any other one is a fault, since nobody would check what it says. */
  constructor(
    value: unknown,
    may: readonly string[],
    private readonly where: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed(where)
    this.members = new Map(Object.entries(value))
    this.only(may)
  }

  /** Throws Malformed when there is a member of another name. */
  only(may: readonly string[]): void {
    for (const name of this.members.keys()) if (!may.includes(name)) throw new Malformed(this.at(name))
  }

  at(name: string): string {
    return this.where ? `${this.where}.${name}` : name
  }

  has(name: string): boolean {
    return this.members.has(name)
  }

  any(name: string): unknown {
    return this.members.get(name)
  }

  is(name: string, value: unknown): void {
    if (this.any(name) !== value) throw new Malformed(this.at(name))
  }

  text(name: string, pattern: RegExp): string {
    const value = this.any(name)
    if (!isText(value, pattern)) throw new Malformed(this.at(name))
    return value
  }

  integer(name: string, least: number, most: number): number {
    const value = this.any(name)
    if (!isInteger(value, least, most)) throw new Malformed(this.at(name))
    return value
  }

  boolean(name: string): boolean {
    const value = this.any(name)
    if (typeof value !== 'boolean') throw new Malformed(this.at(name))
    return value
  }

  list(name: string): readonly unknown[] {
    const value = this.any(name)
    if (!Array.isArray(value)) throw new Malformed(this.at(name))
    return value as readonly unknown[]
  }
}
