// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApp, h, nextTick, ref, type App } from 'vue'
import WholeNumber from './WholeNumber.vue'

const value = ref<number | undefined>()
let app: App

beforeEach(() => {
  value.value = 5
  document.body.innerHTML = '<div id="app"></div>'
  app = createApp({ render: () => h(WholeNumber, { modelValue: value.value, min: 1, 'onUpdate:modelValue': (now: number | undefined) => (value.value = now) }) })
  app.mount('#app')
})

afterEach(() => app.unmount())

/** As it is typed, and as it stands once the field is left. */
async function type(text: string): Promise<string[]> {
  const field = document.querySelector('input') as HTMLInputElement
  field.value = text
  field.dispatchEvent(new Event('input'))
  await nextTick()
  const typed = field.value
  field.dispatchEvent(new Event('change'))
  await nextTick()
  return [typed, field.value]
}

test.each([
  ['12', '12', 12],
  ['12.4', '12', 12],
  ['1.5', '2', 2],
  ['0.2', '1', 1],
])('a fraction, %s, is a whole number once the field is left, and not while it is typed', async (typed, left, kept) => {
  expect(await type(typed)).toEqual([typed, left])
  expect(value.value).toBe(kept)
})

test('an emptied field has no number', async () => {
  expect(await type('')).toEqual(['', ''])
  expect(value.value).toBeUndefined()
})
