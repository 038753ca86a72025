/** Who is logged in on this browser, as the server says. */
import { shallowRef } from 'vue'
import { api, ApiError } from '@/api/client'
import type { Login } from '@/api/types'

export const login = shallowRef<Login | null>(null)

/** The login behind the cookie, or null; asks the server only until there is one. Never throws: the login page says what is wrong. */
export async function findLogin(): Promise<Login | null> {
  if (login.value) return login.value
  try {
    login.value = await api.currentLogin()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
  }
  return login.value
}

export async function logIn(name: string, password: string): Promise<void> {
  login.value = await api.logIn(name, password)
}

export async function logOut(): Promise<void> {
  await api.logOut()
  login.value = null
}
