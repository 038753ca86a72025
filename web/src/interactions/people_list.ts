/** A list of people as it is pasted or read from a file: a line a person, with the id of your own system first, then a name, then a weight. Pure. */
import { cellsIn } from '@/console/import_file'

export interface ListedPerson {
  readonly external_id: string
  readonly name: string
  /** 1 where none was given. */
  readonly weight: number
}

export interface PeopleList {
  readonly people: readonly ListedPerson[]
  /** Lines of whoever stands there already. */
  readonly repeated: number
  /** The first line that is no person, counted from 1; null: all are. */
  readonly wrong: number | null
}

/** People as a text that peopleIn reads; null: one of them has no id of the host's own. */
export function listText(people: readonly { readonly external_id: string | null; readonly name: string; readonly weight?: number }[], weighted = false): string | null {
  if (people.some(({ external_id }) => external_id === null)) return null
  const cell = (text: string) => (/[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return people.map(({ external_id, name, weight = 1 }) => [cell(external_id ?? ''), ...(name || weighted ? [cell(name)] : []), ...(weighted ? [String(weight)] : [])].join(',')).join('\n')
}

const LONGEST_ID = 128
const LONGEST_NAME = 64
const MOST_WEIGHT = 1_000_000
/** First cells of a head line. */
const HEADS: readonly string[] = ['id', 'external_id', 'external id', 'userid', 'user_id', '编号', '学号', '工号', '用户编号']

export function peopleIn(text: string, weighted = false): PeopleList {
  const people = new Map<string, ListedPerson>()
  let repeated = 0
  let wrong: number | null = null
  for (const [index, row] of cellsIn(text.replace(/^\uFEFF/, '')).entries()) {
    const [id = '', name = '', weight = ''] = row.map((cell) => cell.trim())
    if (row.every((cell) => cell.trim() === '') || (index === 0 && HEADS.includes(id.toLowerCase()))) continue
    const share = weighted && weight !== '' ? Number(weight) : 1
    if (!id || id.length > LONGEST_ID || Array.from(name).length > LONGEST_NAME || !Number.isInteger(share) || share < 0 || share > MOST_WEIGHT) wrong ??= index + 1
    else if (people.has(id)) repeated += 1
    else people.set(id, { external_id: id, name, weight: share })
  }
  return { people: [...people.values()], repeated, wrong }
}

/** A table as a file that spreadsheets open: UTF-8 with its mark, CRLF, and no cell that would be taken for a formula. */
export function csvText(rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  return `\uFEFF${rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')}`
}
