import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/call'
import { useLogOut } from './log_out'

const { push, replace, logOut, message, isAnythingUnsaved } = vi.hoisted(() => ({ push: vi.fn(), replace: vi.fn(), logOut: vi.fn(), message: vi.fn(), isAnythingUnsaved: vi.fn() }))
vi.mock('vue-router', () => ({ useRouter: () => ({ push, replace }) }))
vi.mock('@/ui/words', () => ({ useErrorText: () => () => 'away' }))
vi.mock('./login', () => ({ logOut, login: { value: null } }))
vi.mock('element-plus', () => ({ ElMessage: message }))
vi.mock('element-plus/theme-chalk/el-message.css', () => ({}))
vi.mock('./login_ended', () => ({ useLeaveToLogin: () => () => undefined, isAnythingUnsaved }))

beforeEach(() => {
  vi.resetAllMocks()
  push.mockResolvedValue(undefined)
})

test('who stays with what is written stays logged in', async () => {
  isAnythingUnsaved.mockReturnValue(true)
  push.mockResolvedValue(new Error('the guard said no'))
  await useLogOut()()

  expect(logOut).not.toHaveBeenCalled()
})

test('the login ends at once where nothing is to be asked', async () => {
  isAnythingUnsaved.mockReturnValue(false)
  logOut.mockImplementation(() => expect(push).not.toHaveBeenCalled())
  await useLogOut()()

  expect(logOut).toHaveBeenCalledOnce()
  expect(push.mock.calls).toEqual([['/console/login']])
})

test('a login that could not be ended is not left for the form of another', async () => {
  isAnythingUnsaved.mockReturnValue(true)
  logOut.mockRejectedValue(new Error('away'))
  await useLogOut()()

  expect(message).toHaveBeenCalledWith({ message: 'away', type: 'error' })
  expect(replace).toHaveBeenCalledWith('/console')
})

test('who agrees to lose what is written is logged out, and then sent to the form', async () => {
  isAnythingUnsaved.mockReturnValue(true)
  logOut.mockImplementation(() => expect(push.mock.calls).toEqual([['/console/login?again=yes']]))
  await useLogOut()()

  expect(logOut).toHaveBeenCalledOnce()
  expect(push.mock.calls.at(-1)).toEqual(['/console/login'])
})

test("a login that has ended already is left for the form, not for the console of whoever is logged in now", async () => {
  isAnythingUnsaved.mockReturnValue(true)
  logOut.mockRejectedValue(new ApiError(401, { code: 'not_logged_in', message: '' }))
  await useLogOut()()

  expect(push.mock.calls.at(-1)).toEqual(['/console/login?again=yes'])
  expect([message.mock.calls, replace.mock.calls]).toEqual([[], []])
})
