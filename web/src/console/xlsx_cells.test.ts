import { expect, test } from 'vitest'
import { cellsOfWorkbook } from './xlsx_cells'

/** An archive of files that are not packed, as small tools write it; checksums are nobody's business here. */
function archive(files: Record<string, string>): Blob {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let at = 0
  for (const [name, text] of Object.entries(files)) {
    const [path, content] = [new TextEncoder().encode(name), new TextEncoder().encode(text)]
    const local = new DataView(new ArrayBuffer(30))
    local.setUint32(0, 0x04034b50, true)
    local.setUint16(26, path.length, true)
    const entry = new DataView(new ArrayBuffer(46))
    entry.setUint32(0, 0x02014b50, true)
    entry.setUint32(20, content.length, true)
    entry.setUint32(24, content.length, true)
    entry.setUint16(28, path.length, true)
    entry.setUint32(42, at, true)
    directory.push(new Uint8Array(entry.buffer), path)
    parts.push(new Uint8Array(local.buffer), path, content)
    at += 30 + path.length + content.length
  }
  const end = new DataView(new ArrayBuffer(22))
  end.setUint32(0, 0x06054b50, true)
  end.setUint16(10, Object.keys(files).length, true)
  end.setUint32(16, at, true)
  return new Blob([...parts, ...directory, new Uint8Array(end.buffer)] as BlobPart[])
}

const SHEET = `<worksheet><sheetData>
  <row r="1"><c r="A1" t="s"><v>1</v></c><c r="C1" s="2" t="s"><v>0</v></c></row>
  <row r="3"><c r="B3"><v>30</v></c><c r="AA3" t="inlineStr"><is><t>a &amp; b</t></is></c><c r="AB3"/></row>
</sheetData></worksheet>`
const STRINGS = '<sst><si><t xml:space="preserve">题目</t></si><si><r><t>ti</t></r><r><t>tle</t></r></si></sst>'

test('cells stand where the sheet has them, texts and numbers alike', async () => {
  const cells = await cellsOfWorkbook(archive({ 'xl/sharedStrings.xml': STRINGS, 'xl/worksheets/sheet1.xml': SHEET }))

  expect(cells?.[0]).toEqual(['title', '', '题目'])
  expect(cells?.[1]).toEqual([])
  expect(cells?.[2]?.[1]).toBe('30')
  expect(cells?.[2]?.[26]).toBe('a & b')
})

test('what is no workbook has no cells', async () => {
  expect(await cellsOfWorkbook(new Blob(['title,kind']))).toBeNull()
  expect(await cellsOfWorkbook(archive({ 'other.xml': 'x' }))).toBeNull()
})
