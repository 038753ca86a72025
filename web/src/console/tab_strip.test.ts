// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest'
import { createApp, h, nextTick, reactive, ref } from 'vue'
import TabStrip from './TabStrip.vue'

const route = reactive({ path: '/one' })
vi.mock('vue-router', () => ({ useRoute: () => route }))

const WIDTH = 300

test('the side on which there are more fades out, also when the words grow, and no more once it is reached', async () => {
  const words = ref('x'.repeat(30))
  const place = document.createElement('div')
  const app = createApp({ render: () => h(TabStrip, { label: '' }, { default: () => [h('a', { class: 'here' }, words.value)] }) })
  app.mount(place)
  const [strip] = place.querySelectorAll('nav')
  if (!strip) throw new Error('there is no strip')
  // as wide as its words, ten pixels a letter
  Object.defineProperties(strip, { clientWidth: { value: WIDTH }, scrollWidth: { get: () => Math.max(WIDTH, strip.textContent.length * 10) } })
  words.value = 'x'.repeat(60)
  await nextTick()
  await nextTick()
  expect(strip.className).toBe('tabs after')

  strip.scrollLeft = 300
  strip.dispatchEvent(new Event('scroll'))
  await nextTick()
  expect(strip.className).toBe('tabs before')
  app.unmount()
})
