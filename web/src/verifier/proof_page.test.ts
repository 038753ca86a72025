// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp, nextTick, type App } from 'vue'
import { chooseLanguage, i18n, loadWords } from '@/i18n'
import type * as Drand from '@/proofs/drand'
import { CHAINS, bytesOf, changed, vectors } from '@/proofs/vectors'
import ProofPage from './ProofPage.vue'

// the chain whose rounds the vectors use stands for the one the page knows
vi.mock('@/proofs/drand', async (original) => {
  const drand = await original<typeof Drand>()
  return { ...drand, QUICKNET: { ...drand.QUICKNET } }
})
const { QUICKNET } = await import('@/proofs/drand')
const KNOWN = { ...QUICKNET }

const memberships = vectors('memberships.json') as { hold: { proof: string; membership: { code: string } }[] }

let app: App | null = null

beforeEach(async () => {
  Object.assign(QUICKNET, CHAINS[0])
  location.hash = ''
  localStorage.clear()
  await loadWords('proof')
  await chooseLanguage('en')
  document.body.innerHTML = '<div id="app"></div>'
})

afterEach(() => {
  app?.unmount()
  app = null
  vi.unstubAllGlobals()
})

function serve(reply: () => Response): ReturnType<typeof vi.fn> {
  const fetch = vi.fn(() => Promise.resolve(reply()))
  vi.stubGlobal('fetch', fetch)
  return fetch
}

function show(id = ''): void {
  app = createApp(ProofPage, { id }).use(i18n)
  app.mount('#app')
}

const has = (testId: string) => document.querySelector(`[data-testid="${testId}"]`) !== null

function find(testId: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-testid="${testId}"]`)
  if (!found) throw new Error(`there is no ${testId}`)
  return found
}

const verdict = () => vi.waitFor(() => find('verdict').getAttribute('data-verdict'), 5_000)
const states = () => Array.from(document.querySelectorAll('[data-testid="checks"] [data-check]'), (check) => [check.getAttribute('data-check'), check.getAttribute('data-state')])

async function showProof(name: string): Promise<string | null> {
  serve(() => new Response(bytesOf(name)))
  show('pf_1')
  return verdict()
}

function choose(testId: string, ...parts: (string | Uint8Array<ArrayBuffer>)[]): void {
  const field = find(testId) as HTMLInputElement
  Object.defineProperty(field, 'files', { value: [new File(parts, 'mine.json')], configurable: true })
  field.dispatchEvent(new Event('change'))
}

async function look(text: string): Promise<string | null> {
  const field = find('mine-text') as HTMLTextAreaElement
  field.value = text
  field.dispatchEvent(new Event('input'))
  await nextTick()
  find('mine-look').closest('form')?.dispatchEvent(new Event('submit'))
  await nextTick()
  return find('standing').getAttribute('data-standing')
}

test('a proof is fetched by its id and checked here: verdict, prizes with codes, every check with its sentence', async () => {
  const fetch = serve(() => new Response(bytesOf('proofs/drand.json')))
  show('pf/1')

  expect(await verdict()).toBe('holds')
  expect(fetch.mock.calls[0]?.[0]).toBe('/api/v1/proofs/pf%2F1')
  expect(find('proof-news').textContent).toBe('The proof holds')
  expect(find('prizes').querySelectorAll('[data-testid="winner"]').length).toBeGreaterThan(2)
  expect(find('prizes').textContent).toMatch(/一等奖[\s\S]*vw_/)
  expect(states().map(([, state]) => state)).toEqual(Array<string>(12).fill('ok'))
  for (const check of document.querySelectorAll('[data-check] p')) expect(check.textContent).not.toContain('proof.')
  expect(find('draw-facts').textContent).toContain('round 38')
})

test('every verdict and sentence is there in Chinese too', async () => {
  await showProof('proofs/drand_listed.json')
  await chooseLanguage('zh-CN')

  await vi.waitFor(() => expect(find('verdict').textContent).toContain('核验通过'))
  expect(find('checks').textContent).not.toContain('proof.')
})

test('an offline proof says that it is a weaker one', async () => {
  expect(await showProof('proofs/offline.json')).toBe('offline')
  expect(find('verdict').textContent).toContain('cannot rule that out')
})

test('a cancelled draw says so, and names prizes but no winners', async () => {
  expect(await showProof('proofs/cancelled.json')).toBe('cancelled')
  expect(find('prizes').querySelectorAll('[data-testid="winner"]')).toHaveLength(0)
  expect(states().map(([name]) => name)).toEqual(['format', 'commitment', 'prizes', 'preferred', 'fingerprint', 'weights'])
})

test('who was declared beforehand is marked', async () => {
  await showProof('proofs/preferred.json')

  expect(find('prizes').textContent).toContain('Declared beforehand')
})

test('a changed file fails, says where, and offers no membership', async () => {
  const proof = changed(vectors('proofs/drand.json'), ['winners', 0, 'index'], (was) => Number(was) + 1)
  serve(() => Response.json(proof))
  show('pf_1')

  expect(await verdict()).toBe('fails')
  expect(states()).toContainEqual(['tree', 'failed'])
  expect(states()).toContainEqual(['selection', 'not_checked'])
  expect(find('checks').textContent).toContain('does not prove that')
  expect(has('mine')).toBe(false)
})

test('a membership is judged against the proof, and the prizes it won are named', async () => {
  await showProof('proofs/drand.json')
  const { membership } = memberships.hold[0] ?? {}
  expect(await look(JSON.stringify(membership, null, 2))).toBe('place')
  expect(find('standing').textContent).toMatch(/is number 116 of 500 entrants/)

  choose('mine-file', JSON.stringify({ ...membership, index: 3 }))
  await vi.waitFor(() => expect(find('standing').getAttribute('data-standing')).toBe('wrong'))
  expect(find('standing').querySelector('[data-check="path"]')?.getAttribute('data-state')).toBe('failed')
})

test('a code alone tells as much as the file shows', async () => {
  await showProof('proofs/drand.json')
  const winner = find('winner').querySelector('code')?.textContent ?? ''
  expect(await look(` ${winner} `)).toBe('in')
  expect(find('standing').textContent).toContain('Won: 一等奖')
  expect(await look('vw_nobody')).toBe('unknown')
  expect(await look('Lin Xiao')).toBe('unreadable')
})

test('with the list a code is found or shown to be missing', async () => {
  await showProof('proofs/drand_listed.json')

  expect(await look('vw_nobody')).toBe('out')
})

test('a link from the viewer’s own page looks that viewer up, and says whether the salt of that device is in the list', async () => {
  const { entrants } = vectors('proofs/offline.json') as { entrants: { list: [string, number, string][] } }
  const [code, , salt] = entrants.list.find(([, , given]) => given !== '') ?? ['', 1, '']
  location.hash = `#${code}.${salt}`
  await showProof('proofs/offline.json')
  expect(find('standing').getAttribute('data-standing')).toBe('in')
  expect(find('same-salt').getAttribute('data-same')).toBe('true')
  expect(find('listed-salt').textContent).toBe(salt)

  await look(`${code} ${salt.replace(/^../, salt.startsWith('00') ? '01' : '00')}`)
  expect(find('same-salt').getAttribute('data-same')).toBe('false')
  expect(find('same-salt').textContent).toContain('is not the one your device sent')
  await look(code)
  expect(has('same-salt')).toBe(false)
  expect(await look(`${code}.${salt}.00`)).toBe('unreadable')
})

test('an address that ends in anything else looks nobody up', async () => {
  location.hash = '#<b>x</b>'
  await showProof('proofs/drand.json')

  expect((find('mine-text') as HTMLTextAreaElement).value).toBe('')
  expect(has('standing')).toBe(false)
})

test('a chain that nobody knows does not count until the visitor names it, and then the proof is worth that trust', async () => {
  Object.assign(QUICKNET, KNOWN)
  const { chain = '', publicKey, periodS, genesis, scheme } = CHAINS[0] ?? {}
  const told = { hash: chain, public_key: publicKey, period: periodS, genesis_time: genesis, schemeID: scheme, metadata: { beaconID: 'default' } }
  expect(await showProof('proofs/drand.json')).toBe('unknown')
  expect(states()[0]).toEqual(['chain', 'failed'])
  expect(states().filter(([, state]) => state !== 'ok')).toEqual([['chain', 'failed']])

  const say = async (text: string) => {
    const field = find('chain-text') as HTMLTextAreaElement
    field.value = text
    field.dispatchEvent(new Event('input'))
    await nextTick()
    field.closest('form')?.dispatchEvent(new Event('submit'))
    await nextTick()
  }
  await say('{}')
  expect(find('chain-problem').textContent).toContain('is not the info of a chain')
  await say(JSON.stringify({ ...told, genesis_time: 1 }))
  expect(find('chain-problem').textContent).toContain('another chain')

  await say(JSON.stringify(told))
  await vi.waitFor(() => expect(find('verdict').getAttribute('data-verdict')).toBe('trusted'), 5_000)
  expect(find('checks').textContent).toContain('from the chain you named')
  expect(find('checks').textContent).not.toContain('quicknet')
  expect(has('own-chain')).toBe(false)

  choose('proof-file', JSON.stringify(changed(vectors('proofs/drand.json'), ['winners', 0, 'index'], (was) => Number(was) + 1)))
  await vi.waitFor(() => expect(find('verdict').getAttribute('data-verdict')).toBe('fails'), 5_000)
  expect(has('own-chain')).toBe(false)
})

test('a chain that nobody knows excuses nothing else', async () => {
  Object.assign(QUICKNET, KNOWN)
  serve(() => Response.json(changed(vectors('proofs/drand.json'), ['winners', 0, 'index'], (was) => Number(was) + 1)))
  show('pf_1')

  expect(await verdict()).toBe('fails')
})

test('without an id the page asks for a file, and takes the keyboard to what came of it', async () => {
  show()
  expect(find('proof-empty').textContent).toContain('Check a draw')

  choose('proof-file', bytesOf('proofs/drand.json'))
  expect(await verdict()).toBe('holds')
  await vi.waitFor(() => expect(document.activeElement?.textContent).toBe('The proof holds'))

  choose('proof-file', 'PK…')
  await vi.waitFor(() => expect(find('verdict').getAttribute('data-verdict')).toBe('unreadable'))
})

test('a proof that is not there, and a server that is away, leave the way by file', async () => {
  serve(() => Response.json({ error: { code: 'not_found', message: 'no' } }, { status: 404 }))
  show('pf_1')
  await vi.waitFor(() => find('proof-missing'))
  expect(has('proof-file')).toBe(true)
  app?.unmount()

  document.body.innerHTML = '<div id="app"></div>'
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')))
  show('pf_1')
  await vi.waitFor(() => find('proof-away'))
  expect(find('proof-away').textContent).toContain('cannot be reached')

  serve(() => new Response(bytesOf('proofs/drand.json')))
  find('proof-away').querySelector('button')?.click()
  expect(await verdict()).toBe('holds')
})

test('a hostile file cannot put anything but text on the page', async () => {
  const proof = changed(vectors('proofs/drand.json'), ['winners', 0, 'code'], () => '<img src=x onerror=alert(1)>')
  serve(() => Response.json(proof))
  show('pf_1')

  expect(await verdict()).toBe('unreadable')
  expect(document.querySelector('img')).toBeNull()
})
