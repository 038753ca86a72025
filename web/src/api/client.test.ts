import { afterEach, expect, test, vi } from 'vitest'
import { api, ApiError } from './client'

type Answer = Response | Error

/** The requests made, while the server answers with these in turn. */
function serve(...answers: Answer[]): Request[] {
  const made: Request[] = []
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    made.push(new Request(new URL(path, 'http://turnout.test'), init))
    const answer = answers.shift() ?? new Error('nobody answers')
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  })
  return made
}

const reply = (value: object, status = 200) => new Response(JSON.stringify(value), { status })
const refusal = (code: string, status: number) => reply({ error: { code, message: code } }, status)
const keyOf = (request?: Request) => request?.headers.get('Idempotency-Key')

const login = (token: string, host = 'hs_1') => ({ csrf_token: token, host: { id: host } })

afterEach(() => void vi.unstubAllGlobals())

test("changing something carries the login's token", async () => {
  const made = serve(reply(login('one')), reply({ id: 'ls_1' }))
  await api.logIn('chen', 'secret')
  await api.endLiveSession('ls_1')

  expect(made[1]?.headers.get('X-CSRF-Token')).toBe('one')
  expect(made[1]?.url).toBe('http://turnout.test/api/v1/live-sessions/ls_1/end')
})

test("a token that another tab's login has replaced is fetched anew, once", async () => {
  const made = serve(refusal('csrf_token_wrong', 403), reply(login('two')), reply({ id: 'ls_1' }))
  await api.endLiveSession('ls_1')

  expect(made.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST'])
  expect(made[2]?.headers.get('X-CSRF-Token')).toBe('two')
})

test("nothing is done under somebody else's login: it is refused, and so is the next try", async () => {
  const made = serve(reply(login('one')), refusal('csrf_token_wrong', 403), reply(login('other', 'hs_2')), refusal('csrf_token_wrong', 403), reply(login('other', 'hs_2')))
  await api.logIn('chen', 'secret')
  await expect(api.endLiveSession('ls_1')).rejects.toMatchObject({ status: 401, refusal: { code: 'not_logged_in' } })
  await expect(api.endLiveSession('ls_1')).rejects.toMatchObject({ status: 401 })

  expect(made.map(({ method }) => method)).toEqual(['POST', 'POST', 'GET', 'POST', 'GET'])
  expect(made[3]?.headers.get('X-CSRF-Token')).toBe('one')
})

test('what was created without an answer is found again under the same key', async () => {
  const made = serve(new Error('the network is gone'), reply({ id: 'rm_1' }), reply({ id: 'rm_2' }))
  await expect(api.createRoom('Hall')).rejects.toMatchObject({ status: 0, refusal: { code: 'unreachable' } })
  await api.createRoom('Hall')
  await api.createRoom('Hall')

  expect(keyOf(made[0])).toBeTruthy()
  expect(keyOf(made[1])).toBe(keyOf(made[0]))
  expect(keyOf(made[2])).not.toBe(keyOf(made[0]))
})

test('a refusal is an answer: the next try is a new one', async () => {
  const made = serve(refusal('invalid_input', 400), reply({ id: 'rm_1' }))
  await expect(api.createRoom('Hall')).rejects.toBeInstanceOf(ApiError)
  await api.createRoom('Hall')

  expect(keyOf(made[1])).not.toBe(keyOf(made[0]))
})

test("a proxy's own error page is still an error in words", async () => {
  serve(new Response('<html>502</html>', { status: 502 }))

  await expect(api.rooms()).rejects.toMatchObject({ status: 502, refusal: { code: 'internal' } })
})
