/**
 * A viewer's part of a live session: entering, and the picture. Answering stands in answering.ts, check-ins and draws in taking_part.ts.
 *
 * Nothing here is believed before the server has said it. What must survive a reload is in the EntryStore before it is sent.
 */
import { shallowReactive } from 'vue'
import { Answering } from './answering'
import { commandId } from './command_id'
import { BrowserEntryStore, type EntryStore, type RoomMemory } from './entry_store'
import { ended, fold, resume, type Picture } from './fold'
import type { Carrier, Line } from './line'
import { answersOf, ENDING, isPassing, type ClientCommand, type Entered, type LooksNews, type News, type Next, type Publication, type Refusal, type Room, type WaitingForHost, type Watching } from './protocol'
import { readCode } from './room_code'
import { LiveSocket, type Link } from './socket'
import { TakingPart } from './taking_part'
import type { Theme } from '@/ui/theme'

/**
 * naming: we need a name, or a passcode. entering: it is given, the server has not answered. early: the host has not started; we are told
 * when. inside: entered. no_room: there is none under this code. refused: something else stands against it (see problem).
 */
export type Phase = 'naming' | 'entering' | 'early' | 'inside' | 'no_room' | 'refused'

export interface ViewerState {
  phase: Phase
  name: string
  /** This viewer's id once inside: what an own order of questions is made from. */
  viewer: string
  link: Link
  /** What the server has against it; also how it ended the connection for good. */
  problem: Refusal | null
  /** The room asks for a passcode. */
  asksPasscode: boolean
  /** Whether the room has a running live session as far as we know; null: not known yet. */
  started: boolean | null
  room: Room | null
  /** As told outside; inside, the picture has it. */
  theme: Theme | null
  /** What is planned, while nothing runs. */
  next: Next | null
  picture: Picture | null
}

const ASK_AGAIN_MS = 15_000
/** When a live session begins or ends, everybody does the same thing: they spread over this time. */
const SPREAD_MS = 2_000
/** How long a viewer may be away while a time limit runs. */
const LIMITED_PAUSE_MS = 5_000

export class ViewerLive {
  readonly state: ViewerState = shallowReactive<ViewerState>({
    phase: 'naming',
    name: '',
    viewer: '',
    link: 'connecting',
    problem: null,
    asksPasscode: false,
    started: null,
    room: null,
    theme: null,
    next: null,
    picture: null,
  })
  readonly answering: Answering
  readonly taking: TakingPart
  readonly #code: string
  readonly #socket: LiveSocket
  #memory: RoomMemory
  #passcode: string | undefined
  #pass: string | undefined
  #saidName = false
  #saidPasscode = false
  #beginAnew = false
  #askAgainTimer: ReturnType<typeof setTimeout> | undefined
  #unwatch: () => void = () => undefined

  /** pass: the customer's signed word for this viewer, from the link. extra: what else the customer wrote into it. */
  constructor(
    code: string,
    pass: string | null = null,
    private readonly extra: string | null = null,
    private readonly store: EntryStore = new BrowserEntryStore(),
    makeLine?: (carrier: Carrier) => Line,
    private readonly random: () => number = Math.random,
  ) {
    this.#code = readCode(code)
    this.#pass = pass ?? undefined
    this.#memory = store.load(this.#code)
    this.state.name = this.#memory.name ?? ''
    if (this.#pass ?? this.#memory.token ?? this.#memory.entryId) this.state.phase = 'entering'
    this.#socket = new LiveSocket(
      {
        opened: () => this.#enter(),
        greeted: (frame) => this.#greeted(frame),
        greetingRefused: (refusal) => this.#refused(refusal),
        waiting: (frame) => this.#waiting(frame),
        started: () => this.#enterSoon(SPREAD_MS * this.random()),
        looks: (frame) => this.#looks(frame),
        news: (news) => this.#hear(news),
        own: ({ mine }) => {
          this.answering.hear(answersOf(mine))
          this.taking.hear(mine)
        },
        linkChanged: (link) => (this.state.link = link),
        ended: (code, reason) => this.#ended(code, reason),
        longestPauseMs: () => (this.#isTimeRunning() ? LIMITED_PAUSE_MS : undefined),
      },
      makeLine,
      random,
    )
    this.answering = new Answering(this.#code, store, (command, id) => this.#socket.command(command, id), random)
    this.taking = new TakingPart(this.#code, store, (command, id) => this.#socket.command(command, id), this.now, random)
  }

  start(): void {
    this.#unwatch = this.store.watch(this.#code, () => this.#enteredElsewhere())
    this.#socket.start()
  }

  stop(): void {
    clearTimeout(this.#askAgainTimer)
    this.#unwatch()
    this.answering.stop()
    this.taking.stop()
    this.#socket.stop()
  }

  /** The server's time, milliseconds since the epoch. */
  readonly now = (): number => this.#socket.clock.now()

  /** Enters under this name, now or as soon as there is a connection and a running live session. */
  readonly enterAs = (name: string, passcode = ''): void => {
    this.#remember({ name, entryId: this.#memory.entryId ?? commandId() })
    this.#passcode = passcode || this.#passcode
    Object.assign(this.state, { name, phase: this.state.started === false ? 'early' : 'entering', problem: null })
    this.#enter()
  }

  #enter(): void {
    clearTimeout(this.#askAgainTimer)
    const { token, name, entryId } = this.#memory
    const command: ClientCommand = { op: 'enter', room: this.#code, ...(this.extra ? { extra: this.extra } : {}), ...this.#position() }
    const passcode = this.#passcode === undefined ? {} : { passcode: this.#passcode }
    this.#saidName = !this.#pass && !token && Boolean(name && entryId)
    this.#saidPasscode = this.#passcode !== undefined
    if (this.#pass) this.#socket.greet({ ...command, pass: this.#pass, ...(name ? { name } : {}) })
    else if (token) this.#socket.greet({ ...command, token, ...passcode })
    else if (name && entryId) this.#socket.greet({ ...command, name, ...passcode }, entryId)
    // without a name this only asks whether there is such a room and a live session in it; the answer tells
    else this.#socket.greet(command)
  }

  /** How far we have followed the live session, so that only what is missing comes. */
  #position(): { epoch?: string; position?: number } {
    const picture = this.state.picture
    if (!picture || this.#beginAnew || picture.live_session.state === 'ended') return {}
    return { epoch: picture.epoch, position: picture.position }
  }

  #greeted(frame: Entered | Watching): void {
    if (frame.op !== 'entered') return
    const picture = resume(this.state.picture, frame)
    this.#beginAnew = picture === 'gap'
    if (picture === 'gap') return this.#socket.refresh()
    const { id: viewer, name } = frame.viewer
    this.#pass = this.#passcode = undefined
    this.#remember({ name, token: frame.token, entryId: undefined })
    Object.assign(this.state, { phase: 'inside', name, viewer, problem: null, asksPasscode: false, started: true, room: picture.room, next: null, picture })
    this.answering.began(viewer, answersOf(frame.mine), picture.surveys)
    this.taking.began(viewer, frame.mine, picture.checkins, picture.draws)
    for (const survey of picture.surveys) this.#readResult(survey.id)
  }

  #waiting({ room, next }: WaitingForHost): void {
    Object.assign(this.state, { started: false, room, next, problem: null })
    if (this.state.phase === 'entering' || this.state.phase === 'refused') this.state.phase = 'early'
    if (!this.state.picture) return
    // it ended while this page was away, and nobody tells how any more
    this.state.picture = ended(this.state.picture)
    this.answering.follow(this.state.picture.surveys)
  }

  #looks({ theme, next }: LooksNews): void {
    Object.assign(this.state, { theme, next })
    if (this.state.picture) this.state.picture = { ...this.state.picture, theme } // of a live session that is over
  }

  #refused(refusal: Refusal): void {
    switch (refusal.code) {
      case 'name_required':
      case 'invalid_input':
        // the answer to a name the server does not like, or to our question without one
        if (this.#saidName) this.#remember({ entryId: undefined })
        return this.#ask(this.#saidName ? refusal : null)
      case 'passcode_required':
      case 'wrong_passcode':
      case 'too_many_wrong_passcodes':
        this.#passcode = undefined
        this.state.asksPasscode = true
        return this.#ask(this.#saidPasscode ? refusal : null)
      case 'invalid_token':
        // the room's people were forgotten (another database); enter again as a new viewer of the same name
        this.#remember({ token: undefined, entryId: this.#memory.name ? commandId() : undefined })
        return this.#enter()
      case 'already_entered':
        return this.#socket.refresh()
      case 'no_such_room':
        this.state.phase = 'no_room'
        return
      default:
        this.state.problem = refusal
        if (!isPassing(refusal) && (this.state.phase !== 'inside' || isFinal(refusal))) this.state.phase = 'refused'
        if (isFinal(refusal)) return this.#socket.stop()
        return this.#enterSoon((isPassing(refusal) ? (refusal.retry_after_s ?? 1) * 1000 : ASK_AGAIN_MS) * (0.75 + 0.5 * this.random()))
    }
  }

  /** Asks the person for what is missing. */
  #ask(problem: Refusal | null): void {
    Object.assign(this.state, { phase: 'naming', started: true, problem })
  }

  #enterSoon(ms: number): void {
    clearTimeout(this.#askAgainTimer)
    this.#askAgainTimer = setTimeout(() => this.#enter(), ms)
  }

  /** Another tab of this device has taken the seat: this one shares it. */
  #enteredElsewhere(): void {
    if (this.state.phase === 'inside' || this.#pass) return
    this.#memory = this.store.load(this.#code)
    if (this.state.phase === 'naming') Object.assign(this.state, { phase: this.state.started === false ? 'early' : 'entering', name: this.#memory.name ?? '', problem: null })
    this.#enter()
  }

  #ended(code: number, reason: string): void {
    this.state.problem = { code: reason || 'ended', message: reason }
    if (code === ENDING.notAllowed) this.state.phase = 'refused'
  }

  #hear(news: News): void {
    if (!this.state.picture) return
    const next = fold(this.state.picture, news)
    if (next === 'gap') return this.#socket.refresh()
    Object.assign(this.state, { picture: next, room: next.room })
    if (news.op === 'publication') this.#follow(news, next)
  }

  #follow({ survey, draw, live_session }: Publication, { surveys }: Picture): void {
    if (draw?.state === 'drawn') this.taking.drawn(draw)
    this.answering.follow(surveys)
    if (survey) this.#readResult(survey.id)
    // then we are told when the same room starts again
    if (live_session?.state === 'ended') this.#enterSoon(ASK_AGAIN_MS * (0.75 + 0.5 * this.random()))
  }

  /** How this viewer did in an exam is told to them alone, when they ask; not everybody at one instant. */
  #readResult(id: string): void {
    const isWanted = (): boolean => {
      const survey = this.state.picture?.surveys.find((other) => other.id === id)
      const own = this.answering.state.mine.get(id)
      if (survey?.kind !== 'exam' || !survey.published || survey.state === 'open' || !own?.submitted) return false
      return !own.result || (survey.state === 'settled' && own.result.to_mark > 0)
    }
    if (!isWanted()) return
    setTimeout(() => isWanted() && this.answering.readOwn(), SPREAD_MS * (0.2 + this.random()))
  }

  #isTimeRunning(): boolean {
    const { surveys = [], checkins = [], draws = [] } = this.state.picture ?? {}
    return [...surveys, ...checkins, ...draws].some(({ state, closes_at }) => state === 'open' && closes_at !== null)
  }

  #remember(change: Partial<RoomMemory>): void {
    this.#memory = { ...this.#memory, ...change }
    this.store.save(this.#code, this.#memory)
  }
}

/** Asking again would be answered the same way. */
const FINAL: readonly string[] = ['kicked', 'blocked', 'token_required', 'invalid_pass', 'pass_expired']

function isFinal(refusal: Refusal): boolean {
  return FINAL.includes(refusal.code)
}
