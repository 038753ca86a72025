// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { BrowserEntryStore } from './entry_store'
import { FakeServer } from './fake_server'
import { aCheckIn, aDraw, aSnapshot } from './samples'
import { ViewerLive } from './viewer_live'

let server: FakeServer
let live: ViewerLive

function comeIn(): ViewerLive {
  server = new FakeServer()
  const viewer = new ViewerLive('abcd2345', null, null, new BrowserEntryStore(), server.line, () => 0.5)
  viewer.start()
  return viewer
}

const snapshot = aSnapshot({ checkins: [aCheckIn()], draws: [aDraw(), aDraw({ id: 'dr_2', who: 'word', word: 'go', entropy: 'offline' })] })

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  live = comeIn()
  server.now.open()
  live.enterAs('Lin')
  server.admit({ snapshot })
})
afterEach(() => {
  live.stop()
  vi.useRealTimers()
})

async function reload(mine: Parameters<FakeServer['letIn']>[0] = {}): Promise<void> {
  live.stop()
  live = comeIn()
  server.letIn({ snapshot, ...mine })
  await vi.advanceTimersByTimeAsync(0)
}

describe('a check-in', () => {
  test('is confirmed when the server has said so, and stays so after a reload', async () => {
    live.taking.confirm('ci_1')

    expect(server.last('check_in')).toMatchObject({ checkin: 'ci_1' })
    expect(live.taking.state.checkins.size).toBe(0)
    expect(live.taking.state.joining.get('ci_1')).toEqual({ refusal: null })

    server.accept('check_in')
    await vi.advanceTimersByTimeAsync(0)
    expect(live.taking.state.checkins.has('ci_1')).toBe(true)
    expect(live.taking.state.joining.size).toBe(0)

    await reload({ mine: [{ checkin: 'ci_1', confirmed_at: '2026-01-05T08:00:10Z' }] })
    expect(live.taking.state.checkins.get('ci_1')?.confirmed_at).toBe('2026-01-05T08:00:10Z')
    expect(server.all('check_in')).toEqual([])
  })

  test('that was never answered goes out again after a reload, under its id', async () => {
    live.taking.confirm('ci_1')
    const { id } = server.last('check_in')

    await reload()

    expect(server.last('check_in')).toMatchObject({ id, checkin: 'ci_1' })
  })

  test('says why it was refused, and can be tried again', async () => {
    live.taking.confirm('ci_1')
    server.refuse('check_in', 'too_late')
    await vi.advanceTimersByTimeAsync(0)

    expect(live.taking.state.joining.get('ci_1')?.refusal?.code).toBe('too_late')
    await reload()
    expect(server.all('check_in')).toEqual([])
  })

  test('that another phone of the same viewer has confirmed is fetched from the server', async () => {
    live.taking.confirm('ci_1')
    server.refuse('check_in', 'already_checked_in')
    await vi.advanceTimersByTimeAsync(0)

    expect(server.all('read_own')).toHaveLength(1)
    server.now.hear({ op: 'own', mine: [{ checkin: 'ci_1', confirmed_at: '2026-01-05T08:00:10Z' }] })
    expect(live.taking.state.checkins.has('ci_1')).toBe(true)
  })

  test('has its counts kept live', () => {
    server.now.hear({ op: 'checkin_tally', checkin: 'ci_1', version: 2, expected: 4, confirmed: 2, rate: 50, unexpected: 0 })
    server.now.hear({ op: 'draw_tally', draw: 'dr_1', version: 2, entered: 9 })

    expect(live.state.picture).toMatchObject({ checkins: [{ confirmed: 2, rate: 50 }], draws: [{ entered: 9 }, {}] })
  })
})

describe('a draw', () => {
  test('is entered by a press, without a salt where drand decides', async () => {
    live.taking.enter(aDraw())

    expect(server.last('enter_draw')).toMatchObject({ draw: 'dr_1' })
    expect(server.last('enter_draw')).not.toHaveProperty('salt')
    server.accept('enter_draw')
    await vi.advanceTimersByTimeAsync(0)
    expect(live.taking.state.draws.get('dr_1')).toEqual({ draw: 'dr_1', entered: true, code: 'vw_1', prizes: [] })
  })

  test('offline gets sixteen random bytes, the same ones however often it is sent', async () => {
    live.taking.enter(aDraw({ id: 'dr_2', who: 'word', entropy: 'offline' }), 'go')
    const { id, word, salt } = server.last('enter_draw')

    expect(word).toBe('go')
    expect(salt).toMatch(/^[0-9a-f]{32}$/)
    await reload()
    expect(server.last('enter_draw')).toMatchObject({ id, salt })
    expect(live.taking.state.salts.size).toBe(0)

    server.accept('enter_draw')
    await vi.advanceTimersByTimeAsync(0)
    expect(live.taking.state.salts.get('dr_2')).toBe(salt)
    await reload({ mine: [{ draw: 'dr_2', entered: true, code: 'vw_1', prizes: [] }] })
    expect(live.taking.state.salts.get('dr_2')).toBe(salt)
    await reload({ snapshot: aSnapshot() })
    expect(live.taking.state.salts.size).toBe(0)
  })

  test('that another phone has entered shows no salt here, since the one in its list is that phone’s', async () => {
    live.taking.enter(aDraw({ id: 'dr_2', who: 'word', entropy: 'offline' }), 'go')
    server.refuse('enter_draw', 'already_in_draw')
    await vi.advanceTimersByTimeAsync(0)

    expect(live.taking.state.salts.size).toBe(0)
  })

  test('tells a winner, whose form is kept nowhere here', async () => {
    server.now.hear({ op: 'own', mine: [{ draw: 'dr_1', entered: true, code: 'vw_1', prizes: [{ prize: 'pz_1', filled: false }] }] })
    const filled = live.taking.fill('dr_1', 'pz_1', { name: 'Lin', phone: '13800138000' })

    expect(server.last('fill_form')).toMatchObject({ draw: 'dr_1', prize: 'pz_1', name: 'Lin', phone: '13800138000' })
    expect(Object.values(localStorage).join()).not.toContain('13800138000')
    server.accept('fill_form')
    expect(await filled).toBe(true)
    expect(live.taking.state.draws.get('dr_1')?.prizes).toEqual([{ prize: 'pz_1', filled: true }])
  })

  test('says what was wrong with a form', async () => {
    const filled = live.taking.fill('dr_1', 'pz_1', { phone: '1' })
    server.refuse('fill_form', 'invalid_mobile', { field: 'phone' })

    expect(await filled).toBe(false)
    expect(live.taking.state.filling.get('pz_1')?.refusal?.code).toBe('invalid_mobile')
  })

  test('that has just been drawn shows no loss before it is known: a winner is told, others ask once', async () => {
    live.taking.enter(aDraw())
    server.accept('enter_draw')
    await vi.advanceTimersByTimeAsync(0)
    const drawn = aDraw({ state: 'drawn', prizes: aDraw().prizes.map((prize) => ({ ...prize, won: 1 })) })
    server.now.hear({ op: 'publication', channel: 'session', position: 5, previous: 4, kind: 'draw.drawn', at: '2026-01-05T08:00:00Z', draw: drawn })

    expect([...live.taking.state.awaiting]).toEqual(['dr_1'])
    await vi.advanceTimersByTimeAsync(3_000)
    expect(server.all('read_own')).toHaveLength(1)
    server.accept('read_own')
    await vi.advanceTimersByTimeAsync(0)
    expect(live.taking.state.awaiting.size).toBe(0)
  })

  test('is awaited by nobody who did not take part', () => {
    const drawn = aDraw({ state: 'drawn', prizes: aDraw().prizes.map((prize) => ({ ...prize, won: 1 })) })
    server.now.hear({ op: 'publication', channel: 'session', position: 5, previous: 4, kind: 'draw.drawn', at: '2026-01-05T08:00:00Z', draw: drawn })

    expect(live.taking.state.awaiting.size).toBe(0)
  })
})
