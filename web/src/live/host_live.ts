/** A host's view of one live session: the picture with drafts and counts, as the server tells it. */
import { shallowReactive } from 'vue'
import { fold, include, includeAll, includeCheckIns, includeDraws, resume, type Picture } from './fold'
import type { Carrier, Line } from './line'
import { isPassing, type CheckIn, type Draw, type Entered, type News, type Refusal, type Survey, type Watching } from './protocol'
import { LiveSocket, type Link } from './socket'

export interface HostState {
  link: Link
  /** Why watching was refused: not_logged_in, not_found. */
  problem: Refusal | null
  picture: Picture | null
}

export class HostLive {
  readonly state: HostState = shallowReactive<HostState>({ link: 'connecting', problem: null, picture: null })
  readonly #socket: LiveSocket
  #beginAnew = false
  #askAgainTimer: ReturnType<typeof setTimeout> | undefined
  /** Drafts that API replies have brought, with the moment. */
  readonly #told = new Map<string, number>()

  constructor(liveSession: string, makeLine?: (carrier: Carrier) => Line) {
    this.#socket = new LiveSocket(
      {
        opened: () => this.#socket.greet({ op: 'watch', live_session: liveSession, ...this.#position() }),
        greeted: (frame) => this.#greeted(frame),
        greetingRefused: (refusal) => {
          if (isPassing(refusal)) return void (this.#askAgainTimer = setTimeout(() => this.#socket.refresh(), (refusal.retry_after_s ?? 1) * 1000))
          this.state.problem = refusal
          this.#socket.stop()
        },
        news: (news) => this.#hear(news),
        linkChanged: (link) => (this.state.link = link),
      },
      makeLine,
    )
  }

  start(): void {
    this.#socket.start()
  }

  stop(): void {
    clearTimeout(this.#askAgainTimer)
    this.#socket.stop()
  }

  /** Once more, after the server has ended it: there is another login, or somebody tries. */
  again(): void {
    this.state.problem = null
    this.stop()
    this.start()
  }

  readonly now = (): number => this.#socket.clock.now()

  /** A card the API has just answered with; drafts are told to nobody else. */
  include(survey: Survey): void {
    this.#told.set(survey.id, Date.now())
    if (this.state.picture) this.state.picture = include(this.state.picture, survey)
  }

  /** All that the API has, newest first. */
  includeAll(surveys: readonly Survey[]): void {
    for (const { id } of surveys) this.#told.set(id, Date.now())
    if (this.state.picture) this.state.picture = includeAll(this.state.picture, surveys)
  }

  /** What the API has just told of check-ins, and of draws, newest first: drafts are told to nobody else. */
  includeCheckIns(checkins: readonly CheckIn[]): void {
    for (const { id } of checkins) this.#told.set(id, Date.now())
    if (this.state.picture) this.state.picture = includeCheckIns(this.state.picture, checkins)
  }

  includeDraws(draws: readonly Draw[]): void {
    for (const { id } of draws) this.#told.set(id, Date.now())
    if (this.state.picture) this.state.picture = includeDraws(this.state.picture, draws)
  }

  /** How far we have followed the live session, so that only what is missing comes. */
  #position(): { epoch?: string; position?: number } {
    const picture = this.state.picture
    return picture && !this.#beginAnew ? { epoch: picture.epoch, position: picture.position } : {}
  }

  #greeted(frame: Entered | Watching): void {
    const picture = resume(this.state.picture, frame)
    this.#beginAnew = picture === 'gap'
    if (picture === 'gap') return this.#socket.refresh()
    Object.assign(this.state, { picture: frame.snapshot ? this.#withDrafts(picture) : picture, problem: null })
  }

  #hear(news: News): void {
    if (!this.state.picture) return
    const next = fold(this.state.picture, news)
    if (next === 'gap') this.#socket.refresh()
    else this.state.picture = next
  }

  /** A snapshot is shared between hosts and made per event, so it may be older than a draft we were just answered with. */
  #withDrafts(picture: Picture): Picture {
    const isNew = ({ id, state }: Survey | CheckIn | Draw) => state === 'draft' && Date.now() - (this.#told.get(id) ?? 0) < NEWER_THAN_SNAPSHOT_MS
    const { surveys = [], checkins = [], draws = [] } = this.state.picture ?? {}
    const withSurveys = surveys.filter(isNew).reduceRight(include, picture)
    return includeDraws(includeCheckIns(withSurveys, checkins.filter(isNew)), draws.filter(isNew))
  }
}

const NEWER_THAN_SNAPSHOT_MS = 30_000
