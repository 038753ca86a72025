// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { createApp, nextTick } from 'vue'
import { createI18n } from 'vue-i18n'
import LoginEndedBar from './LoginEndedBar.vue'
import { endedLogin, keepsPage } from './login_ended'

const push = vi.hoisted(() => vi.fn())
vi.mock('@/api/client', () => ({ api: { readLogin: () => Promise.reject(new Error('nobody')) }, ApiError: class extends Error {} }))
vi.mock('vue-router', () => ({ useRouter: () => ({ push, currentRoute: { value: { fullPath: '/console/bank' } } }) }))

afterEach(() => void vi.useRealTimers())

test('once what was written is thrown away, the page that was kept for it leads to the login', async () => {
  vi.useFakeTimers()
  let unsaved = true
  const unkeep = keepsPage(() => unsaved)
  const place = document.createElement('div')
  const app = createApp(LoginEndedBar).use(createI18n({ legacy: false, locale: 'en', messages: { en: {} }, missingWarn: false, fallbackWarn: false }))
  app.mount(place)
  endedLogin.value = 'ended'
  await vi.advanceTimersByTimeAsync(5_000)
  expect(place.querySelector('[data-testid=login-ended]')).not.toBeNull()
  expect(push).not.toHaveBeenCalled()

  unsaved = false
  await vi.advanceTimersByTimeAsync(5_000)
  await nextTick()

  expect(push).toHaveBeenCalledOnce()
  expect(place.querySelector('[data-testid=login-ended]')).toBeNull()
  unkeep()
  app.unmount()
})
