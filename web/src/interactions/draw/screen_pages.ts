/** A draw's winners for a whole hall: prize by prize, on pages that fit the screen, in type as large as they allow. Pure. */
import type { Draw, Prize } from '@/live/protocol'

export interface Room {
  readonly width: number
  readonly height: number
}

export interface WinnersPage {
  readonly prize: Prize
  readonly names: readonly string[]
  /** Of this prize's pages, from 1. */
  readonly page: number
  readonly pages: number
  /** Winners whose names are not there: they could not be read. */
  readonly more: number
}

export interface Fit {
  readonly columns: number
  readonly sizePx: number
}

/** A line with the space around it; what stands beside a name in its column. In ems. */
const LINE = 1.75
const BESIDE = 1.7
/** Longer names are set smaller than the others. */
const LONGEST = 12
const SMALLEST_SCALE = 0.45
const MOST_COLUMNS = 8
/** Of the screen's height: what the last row of a hall can read, and what fills it without shouting. */
const LEAST_SIZE = 0.055
/** Of hundreds: else nobody sees the last of them. */
const MANY = 200
const LEAST_SIZE_OF_MANY = 0.042
const LARGEST_SIZE = 0.22
const LEAST_PX = 15
/** A phone held upright is read from near. */
const PORTRAIT = 0.75

/** How wide a name is, about: a Chinese character is twice as wide as a letter. */
export function emsOf(text: string): number {
  let ems = 0
  for (const character of text) ems += (character.codePointAt(0) ?? 0) >= 0x1100 ? 1 : 0.6
  return ems
}

/** By how much a long name is set smaller. */
export const scaleOf = (name: string): number => Math.max(SMALLEST_SCALE, Math.min(1, LONGEST / emsOf(name)))

const columnOf = (names: readonly string[]): number => BESIDE + Math.max(2, ...names.map((name) => Math.min(LONGEST, emsOf(name))))

/** So many columns that the type is as large as it can be. */
export function fitOf(names: readonly string[], { width, height }: Room): Fit {
  const wide = columnOf(names)
  const all = Array.from({ length: Math.min(MOST_COLUMNS, Math.max(1, names.length)) }, (_, at) => {
    const columns = at + 1
    const rows = Math.ceil(names.length / columns)
    return { columns, sizePx: Math.min(width / (columns * wide), height / (rows * LINE), height * LARGEST_SIZE) }
  })
  return all.reduce((best, one) => (one.sizePx > best.sizePx ? one : best))
}

/** Where a name stands, as CSS says it, on a grid of twice as many columns: a last row that is not full stands in the middle. */
export function placeOf(index: number, count: number, columns: number): string {
  const last = count % columns
  return last > 0 && index === count - last ? `${columns - last + 1} / span 2` : 'span 2'
}

/** How many winners stand on a page, at the smallest type a hall can read. */
export function mostOn(names: readonly string[], { width, height }: Room): number {
  const size = Math.max(LEAST_PX, Math.min(height, width * PORTRAIT) * (names.length > MANY ? LEAST_SIZE_OF_MANY : LEAST_SIZE))
  const columns = Math.min(MOST_COLUMNS, Math.floor(width / (columnOf(names) * size)))
  return Math.max(1, columns) * Math.max(1, Math.floor(height / (LINE * size)))
}

/** names: by prize, of all that are known; the pages of one prize are about equally full. */
export function pagesOf({ prizes }: Draw, names: ReadonlyMap<string, readonly string[]>, room: Room): WinnersPage[] {
  return prizes.flatMap((prize) => {
    const known = names.get(prize.id) ?? []
    const pages = Math.max(1, Math.ceil(known.length / mostOn(known, room)))
    const each = Math.ceil(known.length / pages)
    return Array.from({ length: pages }, (_, at) => ({
      prize,
      names: known.slice(at * each, (at + 1) * each),
      page: at + 1,
      pages,
      more: at + 1 === pages ? Math.max(0, prize.won - known.length) : 0,
    }))
  })
}
