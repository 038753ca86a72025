/**
 * A viewer's part of a live session: entering, the picture, answering.
 *
 * Nothing here is believed before the server has said it: an answer counts as saved only after its acknowledgement. What must survive
 * a reload is in the EntryStore before it is sent.
 */
import { shallowReactive } from 'vue'
import { commandId } from './command_id'
import { BrowserEntryStore, type EntryStore, type PendingAnswer, type RoomMemory } from './entry_store'
import { begin, fold, type Picture } from './fold'
import { isPassing, type Entered, type News, type Refusal, type Watching } from './protocol'
import { CommandRefused, LiveSocket, type Link } from './socket'

/**
 * naming: we need a name. entering: the name is given, the server has not answered. early: the host has not started; we keep asking.
 * inside: entered. no_room: there is none under this code. refused: something else stands against it (see problem).
 */
export type Phase = 'naming' | 'entering' | 'early' | 'inside' | 'no_room' | 'refused'

export interface Sending {
  readonly choices: readonly number[]
  /** null while it is on its way. */
  readonly refusal: Refusal | null
}

export interface ViewerState {
  phase: Phase
  name: string
  link: Link
  /** Code of a final ending, null otherwise. */
  problem: Refusal | null
  /** Whether the room has a running live session as far as we know; null: not known yet. */
  started: boolean | null
  picture: Picture | null
  /** Question id → the choices the server has accepted. */
  mine: ReadonlyMap<string, readonly number[]>
  /** Question id → an answer on its way, or refused. */
  sending: ReadonlyMap<string, Sending>
}

const ASK_AGAIN_MS = 4_000
/** After the end: a next live session is rare, and nobody looks at the page waiting for it. */
const ASK_AFTER_END_MS = 15_000

export class ViewerLive {
  readonly state: ViewerState = shallowReactive<ViewerState>({
    phase: 'naming',
    name: '',
    link: 'connecting',
    problem: null,
    started: null,
    picture: null,
    mine: new Map(),
    sending: new Map(),
  })
  readonly #code: string
  readonly #socket: LiveSocket
  #memory: RoomMemory
  #saidName = false
  #askAgainTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    code: string,
    private readonly store: EntryStore = new BrowserEntryStore(),
    makeSocket?: () => WebSocket,
    private readonly random: () => number = Math.random,
  ) {
    this.#code = code.replace(/[-\s]/g, '').toLowerCase()
    this.#memory = store.load(this.#code)
    this.state.name = this.#memory.name ?? ''
    if (this.#memory.token ?? this.#memory.entryId) this.state.phase = 'entering'
    this.#socket = new LiveSocket(
      {
        opened: () => this.#enter(),
        greeted: (frame) => this.#greeted(frame),
        greetingRefused: (refusal) => this.#refused(refusal),
        news: (news) => this.#hear(news),
        linkChanged: (link) => (this.state.link = link),
      },
      makeSocket,
      random,
    )
  }

  start(): void {
    this.#socket.start()
  }

  stop(): void {
    clearTimeout(this.#askAgainTimer)
    this.#socket.stop()
  }

  /** The server's time, milliseconds since the epoch. */
  readonly now = (): number => this.#socket.clock.now()

  /** Enters under this name, now or as soon as there is a connection and a running live session. */
  readonly enterAs = (name: string): void => {
    this.#remember({ name, entryId: this.#memory.entryId ?? commandId() })
    Object.assign(this.state, { name, phase: this.state.started === false ? 'early' : 'entering', problem: null })
    this.#enter()
  }

  /** Sends an answer; its fate shows in state.sending and state.mine. */
  readonly answer = (question: string, choices: readonly number[]): void => {
    const pending: PendingAnswer = { id: commandId(), question, choices }
    this.#remember({ pending: [...(this.#memory.pending ?? []).filter((other) => other.question !== question), pending] })
    void this.#send(pending)
  }

  #enter(): void {
    clearTimeout(this.#askAgainTimer)
    const { token, name, entryId } = this.#memory
    this.#saidName = !token && Boolean(name && entryId)
    if (token) this.#socket.greet({ op: 'enter', room: this.#code, token })
    else if (name && entryId) this.#socket.greet({ op: 'enter', room: this.#code, name }, entryId)
    // without a name this only asks whether there is such a room and a live session in it; the refusal tells
    else this.#socket.greet({ op: 'enter', room: this.#code })
  }

  #greeted(frame: Entered | Watching): void {
    if (frame.op !== 'entered') return
    const mine = new Map(frame.mine.map((answer) => [answer.question, answer.choices]))
    const pending = (this.#memory.pending ?? []).filter((answer) => !mine.has(answer.question))
    this.#remember({ name: frame.viewer.name, token: frame.token, entryId: undefined, pending })
    const picture = begin(frame.snapshot, this.state.picture?.online ?? null)
    Object.assign(this.state, { phase: 'inside', name: frame.viewer.name, problem: null, started: true, picture, mine })
    for (const question of mine.keys()) this.#setSending(question, null)
    for (const answer of pending) if (!this.state.sending.has(answer.question)) void this.#send(answer)
  }

  #refused(refusal: Refusal): void {
    switch (refusal.code) {
      case 'name_required':
      case 'invalid_input':
        // the answer to a name the server does not like, or to our question without one
        if (this.#saidName) this.#remember({ entryId: undefined })
        Object.assign(this.state, { phase: 'naming', started: true, problem: this.#saidName ? refusal : null })
        return
      case 'invalid_token':
        // the room's people were forgotten (another database); enter again as a new viewer of the same name
        this.#remember({ token: undefined, pending: [], entryId: this.#memory.name ? commandId() : undefined })
        return this.#enter()
      case 'no_such_room':
        this.state.phase = 'no_room'
        return
      case 'no_live_session':
        this.state.started = false
        if (this.state.phase === 'entering') this.state.phase = 'early'
        return this.#askAgain(this.state.phase === 'inside' ? ASK_AFTER_END_MS : ASK_AGAIN_MS)
      case 'already_entered':
        return this.#socket.refresh()
      default:
        this.state.problem = refusal
        if (!isPassing(refusal) && this.state.phase !== 'inside') this.state.phase = 'refused'
        return this.#askAgain(isPassing(refusal) ? (refusal.retry_after_s ?? 1) * 1000 : ASK_AFTER_END_MS)
    }
  }

  /** Calmly: spread over time, so that a hall full of waiting phones does not ask at one instant. */
  #askAgain(ms: number, ask: () => void = () => this.#enter()): void {
    clearTimeout(this.#askAgainTimer)
    this.#askAgainTimer = setTimeout(ask, ms * (0.75 + 0.5 * this.random()))
  }

  #hear(news: News): void {
    if (!this.state.picture) return
    const next = fold(this.state.picture, news)
    if (next === 'gap') return this.#socket.refresh()
    this.state.picture = next
    // the same room may start again: come in then without a reload
    if (next.live_session.state === 'ended') this.#askAgain(ASK_AFTER_END_MS, () => this.#socket.refresh())
  }

  async #send({ id, question, choices }: PendingAnswer): Promise<void> {
    this.#setSending(question, { choices, refusal: null })
    try {
      await this.#socket.command({ op: 'answer', question, choices }, id)
      this.state.mine = new Map(this.state.mine).set(question, choices)
      this.#setSending(question, null)
    } catch (error) {
      if (!(error instanceof CommandRefused)) throw error
      this.#setSending(question, { choices, refusal: error.refusal })
      // answered elsewhere, on another device or tab: a new greeting says what
      if (error.refusal.code === 'already_answered') this.#socket.refresh()
    } finally {
      this.#remember({ pending: (this.#memory.pending ?? []).filter((other) => other.id !== id) })
    }
  }

  #setSending(question: string, sending: Sending | null): void {
    const next = new Map(this.state.sending)
    if (sending) next.set(question, sending)
    else next.delete(question)
    this.state.sending = next
  }

  #remember(change: Partial<RoomMemory>): void {
    this.#memory = { ...this.#memory, ...change }
    this.store.save(this.#code, this.#memory)
  }
}
