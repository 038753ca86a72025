/** Web addresses within a text. Pure. */

export interface TextPart {
  readonly text: string
  /** Where it leads; null: it is only text. */
  readonly url: string | null
}

/** What belongs to the sentence and not to the address before it. */
const AFTER = /[.,;:!?'")\]}>]+$/

/** The parts in order; together they are the text. Only http and https: no other address does anything here. */
export function partsOf(text: string): readonly TextPart[] {
  const parts: TextPart[] = []
  let done = 0
  // Chinese sentences go on right after an address, without a blank
  for (const { 0: found, index } of text.matchAll(/https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/gi)) {
    const address = found.replace(AFTER, '')
    if (!/^https?:\/\/\w/i.test(address)) continue
    if (index > done) parts.push({ text: text.slice(done, index), url: null })
    parts.push({ text: address, url: address })
    done = index + address.length
  }
  return done < text.length || parts.length === 0 ? [...parts, { text: text.slice(done), url: null }] : parts
}
