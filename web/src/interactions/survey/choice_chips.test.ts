// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { createApp, h, nextTick, ref } from 'vue'
import ChoiceChips from './ChoiceChips.vue'

test('a chip whose words change keeps the keyboard', async () => {
  const left = ref(3)
  const place = document.createElement('div')
  document.body.append(place)
  const app = createApp({ render: () => h(ChoiceChips<string>, { name: 'question', modelValue: 'qn_1', choices: [{ value: 'qn_1', text: `Question 1 · ${left.value} to mark` }] }) })
  app.mount(place)
  place.querySelector('input')?.focus()
  left.value = 2
  await nextTick()

  expect(place.textContent).toContain('2 to mark')
  expect(document.activeElement?.getAttribute('data-testid')).toBe('question-qn_1')
  app.unmount()
  place.remove()
})
