/**
 * The cells of a workbook's first sheet, read in the browser: only to show a person what stands where the server found something wrong.
 * What it does not understand it leaves out; the server alone decides what a file says.
 */

const MOST_BYTES = 20_000_000

/** null: not a workbook we can read. */
export async function cellsOfWorkbook(file: Blob): Promise<string[][] | null> {
  try {
    const bytes = new DataView(await file.arrayBuffer())
    const sheet = await partOf(bytes, 'xl/worksheets/sheet1.xml')
    return sheet === null ? null : cellsInSheet(sheet, stringsIn((await partOf(bytes, 'xl/sharedStrings.xml')) ?? ''))
  } catch {
    return null
  }
}

/** A file inside the archive, by its place in the central directory; null when there is none. */
async function partOf(bytes: DataView, name: string): Promise<string | null> {
  let end = bytes.byteLength - 22
  while (end >= 0 && bytes.getUint32(end, true) !== 0x06054b50) end--
  if (end < 0) return null
  let at = bytes.getUint32(end + 16, true)
  for (let left = bytes.getUint16(end + 10, true); left > 0; left--) {
    const nameLength = bytes.getUint16(at + 28, true)
    if (textAt(bytes, at + 46, nameLength) === name) return unpacked(bytes, at)
    at += 46 + nameLength + bytes.getUint16(at + 30, true) + bytes.getUint16(at + 32, true)
  }
  return null
}

/** entry: where the central directory speaks of it. */
async function unpacked(bytes: DataView, entry: number): Promise<string | null> {
  const packedLength = bytes.getUint32(entry + 20, true)
  const head = bytes.getUint32(entry + 42, true)
  const start = head + 30 + bytes.getUint16(head + 26, true) + bytes.getUint16(head + 28, true)
  if (bytes.getUint32(entry + 24, true) > MOST_BYTES) return null
  if (bytes.getUint16(entry + 10, true) === 0) return textAt(bytes, start, packedLength)
  const packed = new Blob([new Uint8Array(bytes.buffer as ArrayBuffer, start, packedLength)])
  return new Response(packed.stream().pipeThrough(new DecompressionStream('deflate-raw'))).text()
}

const textAt = (bytes: DataView, at: number, length: number): string => new TextDecoder().decode(new Uint8Array(bytes.buffer, at, length))

const stringsIn = (xml: string): string[] => Array.from(xml.matchAll(/<si\b[^>]*>([\s\S]*?)<\/si>/g), ([, text = '']) => textsIn(text))

/** All texts within, those of rich text joined. */
const textsIn = (xml: string): string => Array.from(xml.matchAll(/<t\b[^>]*>([\s\S]*?)<\/t>/g), ([, text = '']) => plain(text)).join('')

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const plain = (text: string): string =>
  text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16))
    return decimal ? String.fromCodePoint(Number(decimal)) : (NAMED[name ?? ''] ?? whole)
  })

function cellsInSheet(xml: string, strings: readonly string[]): string[][] {
  const rows: string[][] = []
  for (const [, column = '', row = '', attributes = '', content = ''] of xml.matchAll(/<c r="([A-Z]+)(\d+)"([^>]*?)(?:\/>|>([\s\S]*?)<\/c>)/g)) {
    const value = plain(/<v>([\s\S]*?)<\/v>/.exec(content)?.[1] ?? '')
    const text = attributes.includes('t="s"') ? (strings[Number(value)] ?? '') : attributes.includes('t="inlineStr"') ? textsIn(content) : value
    const place = Number(row) - 1
    while (rows.length <= place) rows.push([])
    const cells = rows[place] ?? []
    while (cells.length < columnNumber(column)) cells.push('')
    cells.push(text)
  }
  return rows
}

/** A: 0, B: 1, AA: 26. */
const columnNumber = (letters: string): number => Array.from(letters).reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1
