// The types of the socket's messages, from docs/asyncapi.json, which the server writes (make types). --check: only whether they are current.
import { readFileSync, writeFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'

const FILE = new URL('src/live/schema.ts', import.meta.url)
const { info, components } = JSON.parse(readFileSync(new URL('../docs/asyncapi.json', import.meta.url), 'utf8'))

// which members come together is told by "anyOf" beside the members; a type has no words for it
for (const schema of Object.values(components.schemas)) if (schema.properties) delete schema.anyOf

// the generator reads OpenAPI alone; the schemas are the same JSON Schema in both
const found = await openapiTS({ openapi: '3.1.0', info, paths: {}, components: { schemas: components.schemas } }, { immutable: true, defaultNonNullable: false })
const text = `/** Made from docs/asyncapi.json by socket_types.js (npm run types). */\n\n${astToString(found)}`
if (!process.argv.includes('--check')) writeFileSync(FILE, text)
else if (readFileSync(FILE, 'utf8') !== text) {
  process.stderr.write('src/live/schema.ts is not what docs/asyncapi.json says: make types\n')
  process.exit(1)
}
