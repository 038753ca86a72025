// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp, h, nextTick, ref, type App } from 'vue'
import { chooseLanguage, i18n, loadWords } from '@/i18n'
import type { Link } from '@/live/socket'
import LinkBanner from './LinkBanner.vue'

const link = ref<Link>('up')
let online: boolean
let app: App

beforeEach(async () => {
  await loadWords('viewer')
  await chooseLanguage('en')
  vi.useFakeTimers()
  online = true
  vi.spyOn(navigator, 'onLine', 'get').mockImplementation(() => online)
  link.value = 'up'
  document.body.innerHTML = '<div id="app"></div>'
  app = createApp({ render: () => h(LinkBanner, { link: link.value }) }).use(i18n)
  app.mount('#app')
})

afterEach(() => {
  app.unmount()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

function network(state: boolean): void {
  online = state
  window.dispatchEvent(new Event(state ? 'online' : 'offline'))
}

async function pass(ms: number): Promise<string | undefined> {
  await vi.advanceTimersByTimeAsync(ms)
  await nextTick()
  return document.querySelector('[data-testid="link-lost"]:not(.slide-leave-active)')?.textContent
}

test('that the device is offline is said at once, before the line knows', async () => {
  network(false)
  expect(await pass(300)).toContain('You are offline')

  link.value = 'lost'
  expect(await pass(20_000)).toContain('You are offline')
  network(true)
  expect(await pass(0)).toContain('Connection lost')
  link.value = 'up'
  expect(await pass(0)).toBeUndefined()
})

test('a network that is back within a blink is not worth a word', async () => {
  network(false)
  await pass(200)
  network(true)

  expect(await pass(1_000)).toBeUndefined()
})

test('a line that holds is believed more than the browser', async () => {
  network(false)
  await pass(300)

  expect(await pass(15_000)).toBeUndefined()
})

test('a line that broke is said after a short grace', async () => {
  link.value = 'lost'
  expect(await pass(1_000)).toBeUndefined()

  expect(await pass(300)).toContain('Connection lost')
})
