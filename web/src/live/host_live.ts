/** A host's view of one live session: the picture with drafts and counts, as the server tells it. */
import { shallowReactive } from 'vue'
import { begin, fold, include, type Picture } from './fold'
import { isPassing, type News, type Refusal, type Survey } from './protocol'
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

  constructor(liveSession: string, makeSocket?: () => WebSocket) {
    this.#socket = new LiveSocket(
      {
        opened: () => this.#socket.greet({ op: 'watch', live_session: liveSession }),
        greeted: ({ snapshot }) => Object.assign(this.state, { picture: this.#withDrafts(begin(snapshot, this.state.picture?.online)), problem: null }),
        greetingRefused: (refusal) => {
          if (isPassing(refusal)) return void setTimeout(() => this.#socket.refresh(), (refusal.retry_after_s ?? 1) * 1000)
          this.state.problem = refusal
          this.#socket.stop()
        },
        news: (news) => this.#hear(news),
        linkChanged: (link) => (this.state.link = link),
      },
      makeSocket,
    )
  }

  start(): void {
    this.#socket.start()
  }

  stop(): void {
    this.#socket.stop()
  }

  readonly now = (): number => this.#socket.clock.now()

  /** A card the API has just answered with; drafts are told to nobody else. */
  include(survey: Survey): void {
    if (this.state.picture) this.state.picture = include(this.state.picture, survey)
  }

  #hear(news: News): void {
    if (!this.state.picture) return
    const next = fold(this.state.picture, news)
    if (next === 'gap') this.#socket.refresh()
    else this.state.picture = next
  }

  /** A snapshot is shared between hosts and made per event, so it may be older than a draft we were just answered with. */
  #withDrafts(picture: Picture): Picture {
    const drafts = (this.state.picture?.surveys ?? []).filter((survey) => survey.state === 'draft')
    return drafts.reduceRight(include, picture)
  }
}
