/**
 * The one connection of a page to /ws, kept up for as long as the page wants it.
 *
 * - On every new connection the owner says who it is (`greet`: enter or watch); only when that is answered do commands flow.
 * - A command is kept, and sent again after every reconnect under the SAME id, until the server accepts or refuses it. A refusal that
 *   only says "not now" is waited out.
 * - A dead link shows by silence: a ping goes out regularly, and at once when the page is looked at again.
 * - Coming back is backed off with jitter; it is immediate when the device gets its network back or the page becomes visible.
 * - An ending that says so (mayReturn) is final.
 */
import { backoffMs } from './backoff'
import { commandId } from './command_id'
import { ENDING, isPassing, mayReturn, type ClientCommand, type Entered, type News, type Refusal, type ServerFrame, type Watching } from './protocol'
import { ServerClock } from './server_clock'

/** connecting: nothing wrong, but not greeted (yet). up: greeted. lost: the connection broke, and we try again. ended: final. */
export type Link = 'connecting' | 'up' | 'lost' | 'ended'

export interface LiveSocketOwner {
  /** The connection is open: greet now. */
  opened(): void
  greeted(frame: Entered | Watching): void
  greetingRefused(refusal: Refusal): void
  news(news: News): void
  linkChanged(link: Link): void
}

export class CommandRefused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message)
  }
}

interface Waiting {
  readonly frame: string
  readonly settle: (refusal: Refusal | null) => void
}

const PING_EVERY_MS = 15_000
/** A ping needs no commit, so its answer is quick even when the server is busy. */
const PONG_WITHIN_MS = 6_000
/** After a restart ten thousand may greet at once; who gives up early only makes the queue longer. */
const GREETING_WITHIN_MS = 20_000
const OPEN_WITHIN_MS = 10_000
/** A command this long without a word from the server makes us ask whether it is there. */
const DOUBT_AFTER_MS = 4_000
const NOT_NOW_MS = 1_000

export class LiveSocket {
  readonly clock = new ServerClock()
  link: Link = 'connecting'
  #socket: WebSocket | null = null
  #greeting: { id: string; askedAt: number } | null = null
  #failures = 0
  #heardAt = 0
  readonly #waiting = new Map<string, Waiting>()
  readonly #pings = new Map<string, number>()
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #pingTimer: ReturnType<typeof setInterval> | undefined
  #silenceTimer: ReturnType<typeof setTimeout> | undefined
  readonly #resendTimers = new Set<ReturnType<typeof setTimeout>>()

  constructor(
    private readonly owner: LiveSocketOwner,
    private readonly makeSocket: () => WebSocket = () => new WebSocket(socketAddress()),
    private readonly random: () => number = Math.random,
  ) {}

  start(): void {
    window.addEventListener('online', this.#lookNow)
    document.addEventListener('visibilitychange', this.#lookNow)
    this.#connect()
  }

  /** Ends for good; what still waits for its acknowledgement stays unanswered. */
  stop(): void {
    window.removeEventListener('online', this.#lookNow)
    document.removeEventListener('visibilitychange', this.#lookNow)
    clearTimeout(this.#retryTimer)
    this.#letGo(1000)
  }

  /** Says who this is, when the connection is open; when it is not, `opened` will ask for it again. */
  greet(command: ClientCommand, id: string = commandId()): void {
    if (!this.#socket && this.link !== 'ended') return this.#connect()
    if (this.#socket?.readyState !== WebSocket.OPEN) return
    this.#greeting = { id, askedAt: Date.now() }
    this.#send({ ...command, id })
    this.#expectNews(GREETING_WITHIN_MS)
  }

  /** Resolves when the server has accepted the command, rejects with CommandRefused when it has refused it; waits as long as it takes. */
  command(command: ClientCommand, id: string = commandId()): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (refusal: Refusal | null) => (refusal ? reject(new CommandRefused(refusal)) : resolve())
      this.#waiting.set(id, { frame: JSON.stringify({ ...command, id }), settle })
      if (this.link === 'up') this.#sendWaiting(id)
    })
  }

  /** Drops the connection and comes back at once: the picture has a gap, and a greeting brings a fresh snapshot. */
  refresh(): void {
    this.#letGo(ENDING.gap)
    this.#change('connecting')
    this.#connect()
  }

  #connect(): void {
    clearTimeout(this.#retryTimer)
    const socket = this.makeSocket()
    this.#socket = socket
    socket.onopen = () => this.owner.opened()
    socket.onmessage = (event: MessageEvent) => this.#hear(String(event.data))
    socket.onclose = (event: CloseEvent) => this.#lose(event.code)
    this.#expectNews(OPEN_WITHIN_MS)
  }

  #hear(text: string): void {
    this.#heardAt = Date.now()
    clearTimeout(this.#silenceTimer)
    const frame = JSON.parse(text) as ServerFrame
    switch (frame.op) {
      case 'entered':
      case 'watching':
        return this.#up(frame)
      case 'accepted':
        return this.#settle(frame.id, null)
      case 'refused':
        return this.#refused(frame.id, frame.error)
      case 'pong':
        this.clock.sample(frame.now, this.#pings.get(frame.id) ?? this.#heardAt, this.#heardAt)
        this.#pings.clear()
        return
      case 'publication':
      case 'tally':
      case 'online':
        return this.owner.news(frame)
    }
  }

  #up(frame: Entered | Watching): void {
    this.clock.sample(frame.now, this.#greeting?.askedAt ?? this.#heardAt, this.#heardAt)
    this.#greeting = null
    this.#failures = 0
    clearInterval(this.#pingTimer)
    this.#pingTimer = setInterval(() => this.#ping(), PING_EVERY_MS)
    this.owner.greeted(frame)
    this.#change('up')
    for (const id of this.#waiting.keys()) this.#sendWaiting(id)
  }

  #refused(id: string | null, refusal: Refusal): void {
    if (id !== null && id === this.#greeting?.id) {
      this.#greeting = null
      this.#failures = 0
      this.#change('connecting')
      this.owner.greetingRefused(refusal)
    } else if (id !== null && isPassing(refusal)) {
      const timer = setTimeout(() => {
        this.#resendTimers.delete(timer)
        this.#sendWaiting(id)
      }, (refusal.retry_after_s ?? 0) * 1000 + NOT_NOW_MS * (0.5 + this.random()))
      this.#resendTimers.add(timer)
    } else if (id !== null) {
      this.#settle(id, refusal)
    }
  }

  #settle(id: string, refusal: Refusal | null): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    waiting?.settle(refusal)
  }

  #sendWaiting(id: string): void {
    const waiting = this.#waiting.get(id)
    if (!waiting || this.link !== 'up') return
    this.#socket?.send(waiting.frame)
    this.#expectNews(DOUBT_AFTER_MS, () => this.#ping())
  }

  #send(command: ClientCommand & { id: string }): void {
    this.#socket?.send(JSON.stringify(command))
  }

  #ping(): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return
    const id = commandId()
    this.#pings.set(id, Date.now())
    this.#send({ op: 'ping', id })
    this.#expectNews(PONG_WITHIN_MS)
  }

  /** Unless something is heard within this time, the link is dead, whatever the browser thinks. */
  #expectNews(withinMs: number, otherwise: () => void = () => this.#lose(ENDING.silent)): void {
    clearTimeout(this.#silenceTimer)
    this.#silenceTimer = setTimeout(otherwise, withinMs)
  }

  #lose(code: number): void {
    this.#letGo(code)
    if (!mayReturn(code)) return this.#change('ended')
    this.#retryTimer = setTimeout(() => this.#connect(), backoffMs(this.#failures++, this.random()))
    this.#change('lost')
  }

  #letGo(code: number): void {
    const socket = this.#socket
    this.#socket = null
    this.#greeting = null
    this.#pings.clear()
    clearInterval(this.#pingTimer)
    clearTimeout(this.#silenceTimer)
    for (const timer of this.#resendTimers) clearTimeout(timer)
    this.#resendTimers.clear()
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    if (socket.readyState <= WebSocket.OPEN) socket.close(code >= 4000 || code === 1000 ? code : 1000)
  }

  #change(link: Link): void {
    this.link = link
    this.owner.linkChanged(link)
  }

  /** The network is back, or somebody looks at the page again: a sleeping phone's socket may be dead without knowing it. */
  readonly #lookNow = (): void => {
    if (document.visibilityState === 'hidden' || this.link === 'ended') return
    if (this.#socket) return this.#ping()
    this.#connect()
  }
}

function socketAddress(): string {
  return `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/ws`
}
