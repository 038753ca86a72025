// After a build: draws the door of a room in each language, and leaves it beside the build's notes for the server, which writes it into
// the page (turnout.server.entry_form). A phone on a slow network shows it as soon as the styles have come.
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Window } from 'happy-dom'
import { build } from 'vite'

const out = new URL('../src/turnout/server/web/', import.meta.url)
const drawing = new URL('node_modules/.turnout-door/', import.meta.url)

await build({
  root: fileURLToPath(new URL('.', import.meta.url)),
  logLevel: 'warn',
  ssr: { noExternal: true },
  build: { ssr: 'src/viewer/door_page.ts', outDir: fileURLToPath(drawing), emptyOutDir: true, manifest: false, rolldownOptions: { output: { codeSplitting: false } } },
})

// what the page looks at before it is mounted
const window = new Window({ url: 'http://localhost/r/', settings: { disableJavaScriptFileLoading: true } })
for (const name of ['document', 'location', 'history', 'localStorage', 'sessionStorage', 'navigator', 'window']) {
  Object.defineProperty(globalThis, name, { value: name === 'window' ? window : window[name], configurable: true })
}

const guard = readFileSync(new URL('src/viewer/known.js', import.meta.url))
const guardFile = `assets/known-${createHash('sha256').update(guard).digest('base64url').slice(0, 8)}.js`
writeFileSync(new URL(guardFile, out), guard)

const { drawDoors } = await import(new URL('door_page.js', drawing).href)
for (const [door, html] of await drawDoors()) {
  if (!html.includes('viewer-name')) throw new Error(`the door ${door} has no place for a name: ${html}`)
  writeFileSync(new URL(`.vite/door.${door}.html`, out), `<div id="app">${html}</div>`)
}
// a browser may stop in the middle of the door and draw what it has read, which then jumps: it waits for what comes after the door (a browser
// that does not know this link draws as it likes). Chromium waits only for the beginning of what is named, so that #app would not do
const whole = '<link rel="expect" href="#whole" blocking="render" />'
writeFileSync(new URL('.vite/door.head.html', out), `<script src="/${guardFile}"></script>\n    ${whole}\n    `)
rmSync(drawing, { recursive: true })
await window.happyDOM.close()
