// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest'
import { createApp, h } from 'vue'
import { chooseLanguage, i18n, loadWords } from '@/i18n'
import { aDraw } from '@/live/samples'
import WinnersList from './WinnersList.vue'

beforeEach(async () => {
  await loadWords('viewer')
  await chooseLanguage('en')
})

const MUG = { id: 'pz_1', name: 'Mug', type: 'physical', custom: null, count: 2, points: null, asks: [], won: 2 } as const
const drawn = aDraw({ state: 'drawn', prizes: [MUG], winners: [{ prize: 'pz_1', name: 'Lin' }, { prize: 'pz_1', name: 'Lin' }] })

function chips(won: readonly (typeof MUG)[]): (string | null)[] {
  const place = document.createElement('div')
  const app = createApp({ render: () => h(WinnersList, { draw: drawn, name: 'Lin', won }) }).use(i18n)
  app.mount(place)
  const found = [...place.querySelectorAll('li')].map((chip) => chip.textContent)
  app.unmount()
  return found
}

test('of equal names one is marked as the own, where that prize was won', () => {
  expect(chips([MUG])).toEqual(['Linyou', 'Lin'])
  expect(chips([])).toEqual(['Lin', 'Lin'])
})
