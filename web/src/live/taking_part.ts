/**
 * What one viewer does in check-ins and draws: confirming, entering, and filling in what a prize asks for.
 *
 * Promises:
 * - Nothing counts before the server has said so. A press on the button is in the store before it is sent, and goes out again under its id,
 *   over reloads and reconnects, until it is answered.
 * - The random number that it gave to an offline draw stays here, so that its viewer can look for it in the proof.
 * - What a winner fills in (a phone number, an address) is kept nowhere on this device.
 */
import { shallowReactive } from 'vue'
import { commandId } from './command_id'
import type { EntryStore, PendingJoining } from './entry_store'
import { CommandRefused } from './outbox'
import type { CheckIn, ClientCommand, Draw, Joining, Mine, OwnCheckIn, OwnDraw, Refusal, WinnerForm } from './protocol'

/** refusal: null while it is on its way. */
export interface OnItsWay {
  readonly refusal: Refusal | null
}

export interface TakingPartState {
  /** By check-in, and by draw: what the server holds of this viewer. */
  checkins: ReadonlyMap<string, OwnCheckIn>
  draws: ReadonlyMap<string, OwnDraw>
  /** By check-in or draw: a press that has no answer, or was refused. */
  joining: ReadonlyMap<string, OnItsWay>
  /** By prize. */
  filling: ReadonlyMap<string, OnItsWay>
  /** Draws that have just been drawn, until it is known what of it is this viewer's. */
  awaiting: ReadonlySet<string>
  /** By offline draw: what this device gave as its part in the chance. */
  salts: ReadonlyMap<string, string>
}

const SALT_BYTES = 16
/** Everybody wants to know at one instant: they spread over this time. */
const SPREAD_MS = 2_000

export class TakingPart {
  readonly state: TakingPartState = shallowReactive<TakingPartState>({ checkins: new Map(), draws: new Map(), joining: new Map(), filling: new Map(), awaiting: new Set(), salts: new Map() })
  #viewer = ''
  /** Ids of commands on their way. */
  readonly #owed = new Set<string>()
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()

  constructor(
    private readonly code: string,
    private readonly store: EntryStore,
    private readonly command: (command: ClientCommand, id?: string) => Promise<void>,
    private readonly now: () => number,
    private readonly random: () => number = Math.random,
  ) {}

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }

  /** Entered, again or for the first time: what the server holds now, and what this device still owes it. */
  began(viewer: string, mine: readonly Mine[], checkins: readonly CheckIn[], draws: readonly Draw[]): void {
    this.#viewer = viewer
    this.state.checkins = new Map()
    this.state.draws = new Map()
    this.state.awaiting = new Set()
    this.hear(mine)
    const known = new Set([...checkins, ...draws].map(({ id }) => id))
    for (const [id, { viewer: whose, joining }] of this.store.parts(this.code, 'joining')) {
      const done = !known.has(targetOf(joining)) || this.#isIn(joining)
      if (whose !== viewer || done) this.store.keep(this.code, 'joining', id, null)
      else if (!this.#owed.has(id)) void this.#send(id, joining)
    }
    for (const [draw, { viewer: whose }] of this.store.parts(this.code, 'salt')) if (whose !== viewer || !known.has(draw)) this.store.keep(this.code, 'salt', draw, null)
    this.#readSalts()
  }

  /** News of this viewer, from the server. */
  hear(mine: readonly Mine[]): void {
    const checkins = mine.filter((own) => 'checkin' in own)
    const draws = mine.filter((own) => 'draw' in own)
    if (checkins.length > 0) this.state.checkins = new Map([...this.state.checkins, ...checkins.map((own) => [own.checkin, own] as const)])
    if (draws.length > 0) this.state.draws = new Map([...this.state.draws, ...draws.map((own) => [own.draw, own] as const)])
    for (const { draw, prizes } of draws) if (prizes.length > 0) this.#await(draw, false)
  }

  /** It has just been drawn. Winners are told by themselves; whoever hears nothing asks, so that nobody is shown a loss that is none. */
  drawn({ id, who, prizes }: Draw): void {
    const own = this.state.draws.get(id)
    const mayHaveWon = prizes.some(({ won }) => won > 0) && (own?.entered || (who !== 'tap' && who !== 'word'))
    if (!mayHaveWon || own?.prizes.length) return
    this.#await(id, true)
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        if (this.state.awaiting.has(id)) this.#readOwn(() => this.#await(id, false))
      },
      SPREAD_MS * (0.5 + this.random()),
    )
    this.#timers.add(timer)
  }

  readonly confirm = (checkin: string): void => this.#join({ op: 'check_in', checkin })

  /** An offline draw mixes what its entrants send into the chance, so that the server alone does not decide. */
  readonly enter = ({ id, entropy }: Draw, word = ''): void =>
    this.#join({ op: 'enter_draw', draw: id, ...(word ? { word } : {}), ...(entropy === 'offline' ? { salt: salt() } : {}) })

  /** Resolves to whether the server has it. */
  readonly fill = async (draw: string, prize: string, form: WinnerForm): Promise<boolean> => {
    this.#set('filling', prize, { refusal: null })
    try {
      await this.command({ op: 'fill_form', draw, prize, ...form })
      this.#set('filling', prize, null)
      const own = this.state.draws.get(draw)
      if (own) this.hear([{ ...own, prizes: own.prizes.map((one) => (one.prize === prize ? { prize, filled: true } : one)) }])
      return true
    } catch (error) {
      if (!(error instanceof CommandRefused)) throw error
      this.#set('filling', prize, error)
      return false
    }
  }

  #join(joining: Joining): void {
    const id = commandId()
    const pending: PendingJoining = { viewer: this.#viewer, joining }
    this.store.keep(this.code, 'joining', id, pending)
    void this.#send(id, joining)
  }

  async #send(id: string, joining: Joining): Promise<void> {
    const target = targetOf(joining)
    this.#owed.add(id)
    this.#set('joining', target, { refusal: null })
    try {
      await this.command(joining, id)
      if ('salt' in joining && joining.salt) this.store.keep(this.code, 'salt', target, { viewer: this.#viewer, salt: joining.salt })
      this.#readSalts()
      this.#taken(joining)
      this.#set('joining', target, null)
    } catch (error) {
      if (!(error instanceof CommandRefused)) throw error
      // done on another device or tab: the server tells what it holds
      if (error.refusal.code === 'already_checked_in' || error.refusal.code === 'already_in_draw') this.#readOwn(() => this.#set('joining', target, null))
      else this.#set('joining', target, error)
    } finally {
      this.#owed.delete(id)
      this.store.keep(this.code, 'joining', id, null)
    }
  }

  /** The server has it; its own news of it may come before or after. */
  #taken(joining: Joining): void {
    if (this.#isIn(joining)) return
    if (joining.op === 'check_in') this.hear([{ checkin: joining.checkin, confirmed_at: new Date(this.now()).toISOString() }])
    else this.hear([{ code: this.#viewer, prizes: [], ...this.state.draws.get(joining.draw), draw: joining.draw, entered: true }])
  }

  #readSalts(): void {
    this.state.salts = new Map(Array.from(this.store.parts(this.code, 'salt'), ([draw, { salt: given }]) => [draw, given]))
  }

  #isIn(joining: Joining): boolean {
    return joining.op === 'check_in' ? this.state.checkins.has(joining.checkin) : (this.state.draws.get(joining.draw)?.entered ?? false)
  }

  #readOwn(then: () => void): void {
    void this.command({ op: 'read_own' }).then(then, then)
  }

  #await(draw: string, awaited: boolean): void {
    if (this.state.awaiting.has(draw) === awaited) return
    const next = new Set(this.state.awaiting)
    if (awaited) next.add(draw)
    else next.delete(draw)
    this.state.awaiting = next
  }

  #set(what: 'joining' | 'filling', id: string, value: OnItsWay | null): void {
    const next = new Map(this.state[what])
    if (value) next.set(id, { refusal: value.refusal })
    else next.delete(id)
    this.state[what] = next
  }
}

const targetOf = (joining: Joining): string => (joining.op === 'check_in' ? joining.checkin : joining.draw)

const salt = (): string => Array.from(crypto.getRandomValues(new Uint8Array(SALT_BYTES)), (byte) => byte.toString(16).padStart(2, '0')).join('')
