/**
 * The one connection of a page to the server, kept up for as long as the page wants it.
 *
 * - On every new line the owner says who it is (`greet`: enter or watch); only when that is answered do commands flow.
 * - A command is kept, and sent again after every reconnect under the SAME id, until the server accepts or refuses it. A refusal that
 *   only says "not now" is waited out.
 * - A dead line shows by silence: a ping goes out regularly, and at once when the page is looked at again or the browser says it is offline.
 * - Coming back is backed off with jitter; it is immediate when the device gets its network back or the page becomes visible.
 * - An ending that says so (mayReturn) is final.
 * - Where sockets do not come about, an event stream takes their place (ways.ts), until a socket opens again.
 */
import { backoffMs } from './backoff'
import { commandId } from './command_id'
import { SocketLine, type Carrier, type Line } from './line'
import { Outbox } from './outbox'
import { ENDING, isPassing, mayReturn, type ClientCommand, type Confirmed, type Entered, type LooksNews, type Names, type News, type OwnNews, type Refusal, type ServerFrame, type WaitingForHost, type Watching } from './protocol'
import { ServerClock } from './server_clock'
import { StreamLine } from './stream_line'
import { Ways } from './ways'

/** connecting: nothing wrong, but not greeted (yet). up: greeted. lost: the connection broke, and we try again. ended: until it is started again. */
export type Link = 'connecting' | 'up' | 'lost' | 'ended'

export interface LiveSocketOwner {
  /** The connection is open: greet now. */
  opened(): void
  greeted(frame: Entered | Watching): void
  greetingRefused(refusal: Refusal): void
  news(news: News): void
  linkChanged(link: Link): void
  /** The greeting's answer: nothing runs in this room; and later: something has begun. Then greet again. */
  waiting?(frame: WaitingForHost): void
  started?(): void
  /** How the room looks and what is planned, told from outside. */
  looks?(frame: LooksNews): void
  own?(news: OwnNews): void
  /** The answer to read_names or read_confirmed, right before its command is settled. */
  names?(frame: Names | Confirmed): void
  /** The connection ended for good. */
  ended?(code: number, reason: string): void
  /** The longest pause between two tries to come back; undefined: the usual. */
  longestPauseMs?(): number | undefined
}

const PING_EVERY_MS = 15_000
/** A ping needs no commit, so its answer is quick even when the server is busy. */
const PONG_WITHIN_MS = 6_000
/** After a restart ten thousand may greet at once; who gives up early only makes the queue longer. */
const GREETING_WITHIN_MS = 20_000
const OPEN_WITHIN_MS = 10_000
/** A command this long without a word from the server makes us ask whether it is there. */
const DOUBT_AFTER_MS = 4_000
/** On an event stream: how long until a socket is tried again beside it; the shorter where one has stood before. */
const PROBE_AFTER_MS = 240_000
const PROBE_SOON_MS = 20_000

export class LiveSocket {
  readonly clock = new ServerClock()
  link: Link = 'connecting'
  #line: Line | null = null
  #carrier: Carrier = 'socket'
  #heardFromLine = false
  #greeting: { id: string; askedAt: number } | null = null
  #greeted = false
  #failures = 0
  #heardAt = 0
  #probe: Line | null = null
  readonly #ways = new Ways()
  readonly #outbox: Outbox
  readonly #pings = new Map<string, number>()
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #pingTimer: ReturnType<typeof setInterval> | undefined
  #silenceTimer: ReturnType<typeof setTimeout> | undefined
  #probeTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly owner: LiveSocketOwner,
    private readonly makeLine: (carrier: Carrier) => Line = (carrier) => (carrier === 'socket' ? new SocketLine() : new StreamLine()),
    private readonly random: () => number = Math.random,
  ) {
    this.#outbox = new Outbox((frame) => this.#sendCommand(frame), random)
  }

  start(): void {
    window.addEventListener('online', this.#lookNow)
    window.addEventListener('offline', this.#doubt)
    document.addEventListener('visibilitychange', this.#lookNow)
    if (this.link !== 'connecting') this.#change('connecting')
    this.#connect()
  }

  /** Ends it until it is started again; what still waits for its acknowledgement stays unanswered. */
  stop(): void {
    window.removeEventListener('online', this.#lookNow)
    window.removeEventListener('offline', this.#doubt)
    document.removeEventListener('visibilitychange', this.#lookNow)
    clearTimeout(this.#retryTimer)
    this.#letGo(1000)
  }

  /** Says who this is, when the connection is open; when it is not, `opened` will ask for it again. */
  greet(command: ClientCommand, id: string = commandId()): void {
    if (!this.#line && this.link !== 'ended') return this.#connect()
    if (!this.#line?.open) return
    this.#greeting = { id, askedAt: Date.now() }
    this.#send({ ...command, id })
    this.#expectNews(GREETING_WITHIN_MS)
  }

  /** Resolves when the server has accepted the command, rejects with CommandRefused when it has refused it; waits as long as it takes. */
  command(command: ClientCommand, id?: string): Promise<void> {
    return this.#outbox.add(command, id)
  }

  /** Drops the connection and comes back at once: something was missed, and a greeting brings it. */
  refresh(): void {
    this.#letGo(ENDING.gap)
    if (this.link !== 'connecting') this.#change('connecting')
    this.#connect()
  }

  #connect(): void {
    clearTimeout(this.#retryTimer)
    const carrier = this.#ways.next()
    this.#take(carrier, this.makeLine(carrier))
    this.#expectNews(OPEN_WITHIN_MS)
  }

  #take(carrier: Carrier, line: Line): void {
    this.#line = line
    this.#carrier = carrier
    this.#heardFromLine = false
    line.onopen = () => this.#opened()
    line.onmessage = (text) => this.#hear(text)
    line.onclose = (code, reason) => this.#lose(code, reason)
  }

  #opened(): void {
    clearInterval(this.#pingTimer)
    this.#pingTimer = setInterval(() => this.#ping(), PING_EVERY_MS)
    if (this.#carrier === 'stream') this.#probeLater(this.#ways.haveStood ? PROBE_SOON_MS : PROBE_AFTER_MS)
    this.owner.opened()
  }

  #hear(text: string): void {
    this.#heardAt = Date.now()
    clearTimeout(this.#silenceTimer)
    if (!this.#heardFromLine) this.#ways.stood(this.#carrier)
    this.#heardFromLine = true
    const frame = JSON.parse(text) as ServerFrame
    switch (frame.op) {
      case 'entered':
      case 'watching':
        return this.#up(frame)
      case 'waiting':
        this.#answered(frame.now)
        this.#greeted = false
        this.owner.waiting?.(frame)
        return this.#change('up')
      case 'started':
        return this.owner.started?.()
      case 'theme':
        return this.owner.looks?.(frame)
      case 'accepted':
        return this.#outbox.settle(frame.id, null)
      case 'refused':
        return this.#refused(frame.id, frame.error)
      case 'pong':
        this.clock.sample(frame.now, this.#pings.get(frame.id) ?? this.#heardAt, this.#heardAt)
        this.#pings.clear()
        return
      case 'own':
        this.owner.own?.(frame)
        return frame.id === undefined ? undefined : this.#outbox.settle(frame.id, null)
      case 'names':
      case 'confirmed':
        this.owner.names?.(frame)
        return this.#outbox.settle(frame.id, null)
      case 'publication':
      case 'tally':
      case 'checkin_tally':
      case 'draw_tally':
      case 'online':
        return this.owner.news(frame)
    }
  }

  #answered(now: string): void {
    this.clock.sample(now, this.#greeting?.askedAt ?? this.#heardAt, this.#heardAt)
    this.#greeting = null
    this.#failures = 0
  }

  #up(frame: Entered | Watching): void {
    const line = this.#line
    this.#answered(frame.now)
    this.#greeted = true
    this.owner.greeted(frame)
    if (this.#line !== line) return // what came did not lead on from what was here; the owner begins anew
    this.#change('up')
    this.#outbox.sendAll()
  }

  #refused(id: string | null, refusal: Refusal): void {
    if (id !== null && id === this.#greeting?.id) {
      this.#greeting = null
      this.#failures = 0
      this.#change('connecting')
      this.owner.greetingRefused(refusal)
    } else if (id !== null && isPassing(refusal)) {
      this.#outbox.again(id, refusal.retry_after_s ?? undefined)
    } else if (id !== null) {
      this.#outbox.settle(id, refusal)
    }
  }

  #sendCommand(frame: string): void {
    if (!this.#greeted) return
    this.#line?.send(frame)
    this.#expectNews(DOUBT_AFTER_MS, () => this.#ping())
  }

  #send(command: ClientCommand & { id: string }): void {
    this.#line?.send(JSON.stringify(command))
  }

  #ping(): void {
    if (!this.#line?.open) return
    const id = commandId()
    this.#pings.set(id, Date.now())
    this.#send({ op: 'ping', id })
    this.#expectNews(PONG_WITHIN_MS)
  }

  /** Unless something is heard within this time, the line is dead, whatever the browser thinks. */
  #expectNews(withinMs: number, otherwise: () => void = () => this.#lose(ENDING.silent, '')): void {
    clearTimeout(this.#silenceTimer)
    this.#silenceTimer = setTimeout(otherwise, withinMs)
  }

  #lose(code: number, reason: string): void {
    if (!this.#heardFromLine) this.#ways.failed(this.#carrier)
    this.#letGo(code)
    if (!mayReturn(code)) {
      this.owner.ended?.(code, reason)
      return this.#change('ended')
    }
    this.#retryTimer = setTimeout(() => this.#connect(), backoffMs(this.#failures++, this.random(), this.owner.longestPauseMs?.()))
    this.#change('lost')
  }

  #letGo(code: number): void {
    this.#greeting = null
    this.#greeted = false
    this.#pings.clear()
    clearInterval(this.#pingTimer)
    clearTimeout(this.#silenceTimer)
    clearTimeout(this.#probeTimer)
    this.#outbox.pause()
    for (const line of [this.#line, this.#probe]) line?.close(code)
    this.#line = this.#probe = null
  }

  #change(link: Link): void {
    this.link = link
    this.owner.linkChanged(link)
  }

  /** The stream does; a socket would be lighter for both sides. When one opens beside it, it takes over. */
  #probeLater(ms: number): void {
    clearTimeout(this.#probeTimer)
    this.#probeTimer = setTimeout(() => {
      if (document.visibilityState === 'hidden') return this.#probeLater(ms)
      const probe = (this.#probe = this.makeLine('socket'))
      probe.onopen = () => {
        this.#probe = null
        this.#letGo(1000)
        this.#change('connecting')
        this.#take('socket', probe)
        this.#opened()
      }
      probe.onclose = () => this.#probeLater(ms * 3)
    }, ms * (0.75 + 0.5 * this.random()))
  }

  /** The browser says that there is no network. It may be wrong of a server that is on this device. */
  readonly #doubt = (): void => this.#ping()

  /** The network is back, or somebody looks at the page again: a sleeping phone's line may be dead without knowing it. */
  readonly #lookNow = (): void => {
    if (document.visibilityState === 'hidden' || this.link === 'ended') return
    if (this.#line) return this.#ping()
    this.#connect()
  }
}
