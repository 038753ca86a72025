// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { createApp, h, nextTick, ref, useTemplateRef } from 'vue'
import { useHandingOn } from './handing_on'

/** A field that becomes of it what is said; where the keyboard is then. */
async function heldAfter(what: 'gone' | 'locked' | 'open'): Promise<string | undefined> {
  const done = ref(false)
  const place = document.createElement('div')
  document.body.append(place)
  const app = createApp({
    setup() {
      const [card, said] = [useTemplateRef<HTMLElement>('card'), useTemplateRef<HTMLElement>('said')]
      useHandingOn(() => done.value, () => card.value, () => said.value)
      const field = () => (what === 'gone' && done.value ? [] : [h('input', { id: 'field', disabled: what === 'locked' && done.value })])
      return () => h('div', { ref: 'card' }, [...field(), h('p', { ref: 'said', id: 'said', tabindex: -1 })])
    },
  })
  app.mount(place)
  place.querySelector('input')?.focus()
  done.value = true
  await nextTick()
  await nextTick()
  const held = document.activeElement?.id
  app.unmount()
  place.remove()
  return held
}

test('the keyboard goes on from what is gone or locked, and stays at what can still be used', async () => {
  expect([await heldAfter('gone'), await heldAfter('locked'), await heldAfter('open')]).toEqual(['said', 'said', 'field'])
})
