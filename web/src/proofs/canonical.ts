/**
 * Canonical JSON: keys sorted by code point, no blanks, no escapes but those JSON requires, exact integers only.
 *
 * There is one canonical text for a value, so reading is also the check: a text that is not canonical is not read. Pure.
 */

/** Objects are maps, since a file may name a member `__proto__`. */
export type Json = null | boolean | number | string | readonly Json[] | ReadonlyMap<string, Json>

const DEEPEST = 32
/** A sign and the 16 digits of 2^53, and one more to see that there are more. */
const LONGEST_INTEGER = 18
const SHORT_ESCAPES: Record<string, string> = { '"': '"', '\\': '\\', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
const SHORT = new Set(Object.values(SHORT_ESCAPES))

class NotCanonical extends Error {}

/** The value of a canonical text; undefined for any other text. */
export function readCanonical(text: string): Json | undefined {
  try {
    return new Reader(text).whole()
  } catch (error) {
    if (error instanceof NotCanonical) return undefined
    throw error
  }
}

/** Which of two texts comes first by code point; the language itself compares halves of code points. */
export function byCodePoint(one: string, other: string): number {
  const length = Math.min(one.length, other.length)
  for (let at = 0; at < length; at++) {
    const [a, b] = [one.charCodeAt(at), other.charCodeAt(at)]
    if (a !== b) return rank(a) - rank(b)
  }
  return one.length - other.length
}

/** Whether every surrogate has its other half: any other text has no UTF-8. */
export const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text)

/** How many code points. */
export function lengthOf(text: string): number {
  let length = 0
  for (let at = 0; at < text.length; at++) if (!isLowSurrogate(text.charCodeAt(at))) length++
  return length
}

const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff

/** Surrogates, which stand for the highest code points, after everything else. */
const rank = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)

class Reader {
  private at = 0

  constructor(private readonly text: string) {}

  whole(): Json {
    if (!isWellFormed(this.text)) throw new NotCanonical()
    const value = this.value(0)
    if (this.at !== this.text.length) throw new NotCanonical()
    return value
  }

  private value(depth: number): Json {
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth)
      case '[':
        return this.array(depth)
      case '"':
        return this.string()
      case 't':
        return this.word('true', true)
      case 'f':
        return this.word('false', false)
      case 'n':
        return this.word('null', null)
      default:
        return this.integer()
    }
  }

  private object(depth: number): Json {
    if (depth >= DEEPEST) throw new NotCanonical()
    const members = new Map<string, Json>()
    let last: string | null = null
    this.at++
    if (this.takes('}')) return members
    do {
      const key = this.string()
      if (last !== null && byCodePoint(last, key) >= 0) throw new NotCanonical()
      this.must(':')
      members.set(key, this.value(depth + 1))
      last = key
    } while (this.takes(','))
    this.must('}')
    return members
  }

  private array(depth: number): Json {
    if (depth >= DEEPEST) throw new NotCanonical()
    const values: Json[] = []
    this.at++
    if (this.takes(']')) return values
    do values.push(this.value(depth + 1))
    while (this.takes(','))
    this.must(']')
    return values
  }

  private string(): string {
    this.must('"')
    const parts: string[] = []
    let start = this.at
    for (;;) {
      const unit = this.text.charCodeAt(this.at)
      if (unit === 0x22) break
      // also past the end, where there is no unit
      if (!(unit >= 0x20)) throw new NotCanonical()
      if (unit === 0x5c) {
        parts.push(this.text.slice(start, this.at), this.escaped())
        start = this.at
      } else this.at++
    }
    parts.push(this.text.slice(start, this.at))
    this.at++
    return parts.join('')
  }

  private escaped(): string {
    const letter = this.text[this.at + 1] ?? ''
    const short = Object.hasOwn(SHORT_ESCAPES, letter) ? SHORT_ESCAPES[letter] : undefined
    if (short !== undefined) {
      this.at += 2
      return short
    }
    const [, digits] = /^\\u(00[01][0-9a-f])$/.exec(this.text.slice(this.at, this.at + 6)) ?? []
    const control = digits === undefined ? '' : String.fromCharCode(parseInt(digits, 16))
    if (control === '' || SHORT.has(control)) throw new NotCanonical()
    this.at += 6
    return control
  }

  private integer(): number {
    const [digits] = /^(?:0|-?[1-9][0-9]*)(?![0-9.eE])/.exec(this.text.slice(this.at, this.at + LONGEST_INTEGER)) ?? []
    const value = Number(digits)
    if (digits === undefined || !Number.isSafeInteger(value)) throw new NotCanonical()
    this.at += digits.length
    return value
  }

  private word<Value extends boolean | null>(word: string, value: Value): Value {
    if (!this.text.startsWith(word, this.at)) throw new NotCanonical()
    this.at += word.length
    return value
  }

  private takes(mark: string): boolean {
    if (this.text[this.at] !== mark) return false
    this.at++
    return true
  }

  private must(mark: string): void {
    if (!this.takes(mark)) throw new NotCanonical()
  }
}
