/** A file that is to be imported: what it is by its name, and what stands in its cells. */
import type { ImportFault } from '@/api/types'
import { cellsOfWorkbook } from './xlsx_cells'

const TYPES: Record<string, string> = {
  csv: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  json: 'application/json',
}

/** The file with the type its name says (systems call a .csv many things); null: none of ours. */
export function typedFile(file: File): Blob | null {
  const type = TYPES[file.name.toLowerCase().split('.').at(-1) ?? '']
  return type ? new Blob([file], { type }) : null
}

/** The cells of a sheet; null for a file that is none. */
export async function cellsOf(file: Blob): Promise<string[][] | null> {
  if (file.type === TYPES['csv']) return cellsIn(decoded(await file.arrayBuffer()))
  return file.type === TYPES['xlsx'] ? cellsOfWorkbook(file) : null
}

/** The text of a file in UTF-8, or in what spreadsheets in China write. */
export function decoded(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}

/** RFC 4180, with whichever of comma, semicolon and tab the first line has most of. */
export function cellsIn(text: string): string[][] {
  const [head = ''] = text.split('\n', 1)
  const separator = [',', ';', '\t'].reduce((best, other) => (head.split(other).length > head.split(best).length ? other : best))
  const rows: string[][] = [[]]
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^"\\r\\n${separator}]*))(${separator}|\\r?\\n|$)`, 'gy')
  for (const [whole, quoted, plain, end] of text.matchAll(cell)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end?.endsWith('\n')) rows.push([])
    else if (end === '' || whole === '') break
  }
  return rows.filter((row, index) => index < rows.length - 1 || row.some(Boolean))
}

/** What stands where something is wrong. */
export function cellAt(cells: readonly (readonly string[])[], { row, column }: ImportFault): string {
  if (row === null || column === null) return ''
  const head = cells.find((cellsOfRow) => cellsOfRow.some((cell) => cell.trim()))
  const place = head?.findIndex((name) => name.trim().replace(/^\ufeff/, '').toLowerCase() === column.trim().toLowerCase()) ?? -1
  return place < 0 ? '' : (cells[row - 1]?.[place] ?? '')
}
