import { beforeEach, expect, test, vi } from 'vitest'
import type { Login } from '@/api/types'
import { login } from './login'
import { endedLogin, keepsPage, lookForLogin, useLeaveToLogin } from './login_ended'

const api = vi.hoisted(() => ({ readLogin: vi.fn(), keepToken: vi.fn((login: Promise<unknown>) => login) }))
const push = vi.hoisted(() => vi.fn())
vi.mock('@/api/client', () => ({ api, ApiError: class extends Error {} }))
vi.mock('vue-router', () => ({ useRouter: () => ({ push, currentRoute: { value: { fullPath: '/console/bank' } } }) }))

const of = (id: string) => ({ host: { id, name: id } }) as Login

beforeEach(() => {
  vi.clearAllMocks()
  login.value = of('hs_1')
  endedLogin.value = 'none'
})

test('nothing is written: to the login page', () => {
  useLeaveToLogin()()

  expect(push).toHaveBeenCalledWith({ path: '/console/login', query: { to: '/console/bank', expired: 'yes', again: 'yes' } })
  expect([login.value, endedLogin.value]).toEqual([null, 'none'])
})

test('what is written keeps the page, and whose it is, until the same host has logged in', async () => {
  const unkeep = keepsPage(() => true)
  api.readLogin.mockRejectedValue(new Error('nobody'))
  useLeaveToLogin()()
  expect(push).not.toHaveBeenCalled()
  expect([login.value?.host.id, endedLogin.value]).toEqual(['hs_1', 'ended'])

  await lookForLogin()
  expect(endedLogin.value).toBe('ended')
  api.readLogin.mockResolvedValueOnce(of('hs_2'))
  await lookForLogin()
  expect([login.value?.host.id, endedLogin.value]).toEqual(['hs_1', 'other'])
  expect(api.keepToken).not.toHaveBeenCalled()
  useLeaveToLogin()()
  expect(endedLogin.value).toBe('other')
  api.readLogin.mockResolvedValueOnce(of('hs_1'))
  await lookForLogin()
  expect(endedLogin.value).toBe('none')
  unkeep()
})
