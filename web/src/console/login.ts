/** Who is logged in on this browser, as the server says. */
import { shallowRef } from 'vue'
import { api, ApiError } from '@/api/client'
import type { CodeProof } from '@/api/own_login'
import type { Login, LoginTicket } from '@/api/types'

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

/** The ticket for the second step where there is one, else null: the person is in. */
export async function logIn(name: string, password: string): Promise<LoginTicket | null> {
  const reply = await api.logIn(name, password)
  if ('ticket' in reply) return reply
  login.value = reply
  return null
}

/** The login, which says how many recovery codes are left where one was used. */
export async function logInByCode(ticket: string, proof: CodeProof): Promise<Login> {
  return (login.value = await api.logInByCode(ticket, proof))
}

export async function logOut(): Promise<void> {
  await api.logOut()
  login.value = null
}
