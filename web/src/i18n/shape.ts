/** Words, nested; every language has the same keys. */
export interface Messages {
  [key: string]: string | Messages
}

/** The same keys with any text: what another language must have. */
export type SameKeys<Words> = { [Key in keyof Words]: Words[Key] extends string ? string : SameKeys<Words[Key]> }
