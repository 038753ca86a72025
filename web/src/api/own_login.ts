/** Logging in step by step, and what a person does about the own login. */
import { call, keepToken } from './call'
import type { Login, LoginTicket, LoginWays, OwnLogin, TwoStep, TwoStepSecret } from './types'

/** A code of the app, or a recovery code in its place. */
export type CodeProof = { readonly code: string } | { readonly recovery_code: string }

export const ownLogin = {
  loginWays: () => call<LoginWays>('GET', '/login/ways'),
  /** The login, or the ticket for its second step. */
  logIn: async (login: string, password: string): Promise<Login | LoginTicket> => {
    const reply = await call<Login | LoginTicket>('POST', '/login', { login, password })
    return 'ticket' in reply ? reply : keepToken(Promise.resolve(reply))
  },
  logInByCode: (ticket: string, proof: CodeProof) => keepToken(call<Login>('POST', '/login/code', { ticket, ...proof })),
  setPassword: (current: string, next: string) => call<undefined>('PUT', '/login/password', { current_password: current, new_password: next }),

  twoStep: () => call<TwoStep>('GET', '/login/two-step'),
  beginTwoStep: (password: string) => call<TwoStepSecret>('POST', '/login/two-step', { password }),
  confirmTwoStep: async (code: string) => (await call<{ recovery_codes: string[] }>('POST', '/login/two-step/confirm', { code })).recovery_codes,
  endTwoStep: (password: string, proof: CodeProof) => call<undefined>('POST', '/login/two-step/off', { password, ...proof }),
  makeRecoveryCodes: async (password: string, proof: CodeProof) =>
    (await call<{ recovery_codes: string[] }>('POST', '/login/two-step/recovery-codes', { password, ...proof })).recovery_codes,

  ownLogins: async () => (await call<{ logins: OwnLogin[] }>('GET', '/login/logins')).logins,
  endOwnLogin: (id: string) => call<undefined>('DELETE', `/login/logins/${encodeURIComponent(id)}`),
  endOtherLogins: () => call<undefined>('DELETE', '/login/logins'),
}
