/** A host's view of one live session: the picture with drafts and counts, as the server tells it. */
import { shallowReactive } from 'vue'
import { fold, include, includeAll, resume, type Picture } from './fold'
import type { Carrier, Line } from './line'
import * as numbered from './numbered'
import { isPassing, type CheckIn, type Draw, type Entered, type News, type Publication, type Refusal, type Survey, type Watching } from './protocol'
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
  /** What the news has taken away: a reply that was under way meanwhile does not bring it back. */
  readonly #withdrawn = new Set<string>()

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

  /** A survey the API has just answered with: shown at once, ahead of its news. */
  include(survey: Survey): void {
    this.#include(survey, (picture) => include(picture, survey))
  }

  includeCheckIn(checkin: CheckIn): void {
    this.#include(checkin, (picture) => ({ ...picture, checkins: numbered.include(picture.checkins, checkin, this.state.link === 'up') }))
  }

  includeDraw(draw: Draw): void {
    this.#include(draw, (picture) => ({ ...picture, draws: numbered.include(picture.draws, draw, this.state.link === 'up') }))
  }

  /** All that the API has, newest first: what the snapshot had no room for. */
  includeAll({ surveys = [], checkins = [], draws = [] }: Lists): void {
    const { picture } = this.state
    if (!picture) return
    const isThere = ({ id }: { readonly id: string }) => !this.#withdrawn.has(id)
    this.state.picture = {
      ...includeAll(picture, surveys.filter(isThere)),
      checkins: numbered.includeMissing(picture.checkins, checkins.filter(isThere)),
      draws: numbered.includeMissing(picture.draws, draws),
    }
  }

  #include(one: { readonly id: string }, include: (picture: Picture) => Picture): void {
    if (this.state.picture && !this.#withdrawn.has(one.id)) this.state.picture = include(this.state.picture)
  }

  /** How far we have followed the live session, so that only what is missing comes. */
  #position(): { epoch?: string; position?: number } {
    const picture = this.state.picture
    return picture && !this.#beginAnew ? { epoch: picture.epoch, position: picture.position } : {}
  }

  #greeted(frame: Entered | Watching): void {
    for (const missed of frame.publications ?? []) this.#noteWithdrawn(missed)
    const picture = resume(this.state.picture, frame)
    this.#beginAnew = picture === 'gap'
    if (picture === 'gap') return this.#socket.refresh()
    Object.assign(this.state, { picture, problem: null })
  }

  #hear(news: News): void {
    if (!this.state.picture) return
    if (news.op === 'publication') this.#noteWithdrawn(news)
    const next = fold(this.state.picture, news)
    if (next === 'gap') this.#socket.refresh()
    else this.state.picture = next
  }

  #noteWithdrawn({ survey, checkin }: Publication): void {
    for (const one of [survey, checkin]) if (one?.state === 'withdrawn') this.#withdrawn.add(one.id)
  }
}

interface Lists {
  readonly surveys?: readonly Survey[]
  readonly checkins?: readonly CheckIn[]
  readonly draws?: readonly Draw[]
}
