// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp, h, nextTick, shallowRef, type App } from 'vue'
import { chooseLanguage, i18n, loadWords } from '@/i18n'
import PreferredField from './PreferredField.vue'
import { blankPrize, type PreferredForm } from './draw_form'

let app: App | null = null

beforeEach(async () => {
  vi.useFakeTimers()
  localStorage.clear()
  await loadWords('console')
  await chooseLanguage('en')
  document.body.innerHTML = '<div id="app"></div>'
})

afterEach(() => {
  app?.unmount()
  vi.useRealTimers()
})

async function add(times: number): Promise<void> {
  vi.advanceTimersByTime(1) // Vue drops a click of the very millisecond its listener came
  for (let time = 0; time < times; time++) {
    document.querySelector<HTMLElement>('[data-testid="add-preferred"]')?.click()
    await nextTick()
  }
}

test.each([
  [[1, 2], [0, 1, 1]],
  [[undefined, 1], [1]], // a count not filled in has none to give
  [[1], [0, 0]], // none is left: it is added all the same, and the form says what is wrong
])('with %s of each prize, those added go to the prizes %s', async (counts, chosen) => {
  const preferred = shallowRef<readonly PreferredForm[]>([])
  const prizes = counts.map((count) => ({ ...blankPrize(), count }))
  const field = () => h(PreferredField, { prizes, problems: new Map(), seek: () => Promise.resolve([]), modelValue: preferred.value, 'onUpdate:modelValue': (now: readonly PreferredForm[]) => (preferred.value = now) })
  app = createApp({ render: field }).use(i18n)
  app.mount('#app')

  await add(chosen.length)

  expect(preferred.value.map(({ prize }) => prize)).toEqual(chosen)
})
