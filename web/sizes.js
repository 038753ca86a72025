// After a build: the compressed size of every chunk, and the promise that a viewer's page stays small.
// A viewer loads the entry, the viewer's page, the room behind its door and one language, with everything these import at once.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const LARGEST_VIEWER_PAGE_BYTES = 150 * 1024
const out = new URL('../src/turnout/server/web/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', out), 'utf8'))
const compressed = (file) => gzipSync(readFileSync(new URL(file, out)), { level: 9 }).length
const kib = (bytes) => `${(bytes / 1024).toFixed(1).padStart(7)} KiB`

function filesOf(name, seen = new Set()) {
  const chunk = manifest[name]
  for (const file of [chunk.file, ...(chunk.css ?? [])]) seen.add(file)
  for (const imported of chunk.imports ?? []) if (!seen.has(manifest[imported].file)) filesOf(imported, seen)
  return seen
}

const pages = {
  'viewer’s page': ['index.html', 'src/viewer/ViewerPage.vue', 'src/viewer/ViewerRoom.vue', 'src/i18n/zh-CN/viewer.ts'],
  'draw proof': ['index.html', 'src/verifier/ProofPage.vue', 'src/i18n/zh-CN/proof.ts'],
  'big screen': ['index.html', 'src/screen/ScreenPage.vue', 'src/i18n/zh-CN/screen.ts'],
  'console, rooms': ['index.html', 'src/console/ConsoleLayout.vue', 'src/console/RoomsPage.vue', 'src/i18n/zh-CN/console.ts'],
  'console, live session': ['index.html', 'src/console/ConsoleLayout.vue', 'src/console/LiveSessionPage.vue', 'src/interactions/survey/SurveyChart.vue', 'src/i18n/zh-CN/console.ts'],
}
let viewer = 0
for (const [page, names] of Object.entries(pages)) {
  const files = new Set(names.flatMap((name) => [...filesOf(name)]))
  if (page === 'viewer’s page') files.add(readFileSync(new URL('.vite/door.head.html', out), 'utf8').split('"')[1].slice(1))
  const total = compressed('index.html') + (page === 'viewer’s page' ? compressed('.vite/door.zh-CN.plain.html') : 0) + [...files].reduce((sum, file) => sum + compressed(file), 0)
  if (page === 'viewer’s page') viewer = total
  process.stdout.write(`${kib(total)} compressed: ${page} (${files.size} files)\n`)
}
if (viewer > LARGEST_VIEWER_PAGE_BYTES) {
  process.stderr.write(`The viewer’s page is larger than ${kib(LARGEST_VIEWER_PAGE_BYTES).trim()}.\n`)
  process.exit(1)
}
