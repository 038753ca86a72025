/**
 * A big screen's view of its room: what viewers see of the running live session, and what is told while none runs. It enters nobody. The key
 * of the room's screen link lets it in, or the host's login in this browser.
 */
import { shallowReactive } from 'vue'
import { commandId } from './command_id'
import { fold, resume, type Picture } from './fold'
import type { Carrier, Line } from './line'
import { isPassing, type Confirmed, type Entered, type LastSession, type Names, type News, type Next, type Publication, type Refusal, type Room, type ScreenName, type Watching } from './protocol'
import { LiveSocket, type Link } from './socket'
import type { Theme } from '@/ui/theme'

export interface ScreenState {
  link: Link
  /** Why it may not watch: invalid_screen_key, not_logged_in, no_such_room … */
  problem: Refusal | null
  room: Room | null
  /** Where the code to join leads. */
  viewerUrl: string
  /** Of the live session that runs, or has just ended. */
  picture: Picture | null
  /** The account's, while none runs. */
  theme: Theme | null
  /** What is planned, while none runs. */
  next: Next | null
  /** The live session that ended last, while none runs. */
  last: LastSession | null
  /** When the newest publication about each thing came: a result that is published late is new. */
  touched: ReadonlyMap<string, string>
}

/** After the end every screen of the server asks again; draws that are being drawn are shown to their end first. */
const ASK_AGAIN_MS = 1_000
const WINNERS_STAY_MS = 60_000
const NAMES_PAGES = 50
/** Of each kind: a screen may be left on for days, and shows the newest. */
const MOST_KEPT = 50

export class ScreenLive {
  readonly state: ScreenState = shallowReactive<ScreenState>({ link: 'connecting', problem: null, room: null, viewerUrl: '', picture: null, theme: null, next: null, last: null, touched: new Map() })
  readonly #room: string
  readonly #key: string | null
  readonly #socket: LiveSocket
  readonly #told = new Map<string, Names | Confirmed>()
  #beginAnew = false
  #askAgainTimer: ReturnType<typeof setTimeout> | undefined

  /** key: of the room's screen link; null: the host's login. */
  constructor(room: string, key: string | null, makeLine?: (carrier: Carrier) => Line, random?: () => number) {
    this.#room = room
    this.#key = key
    this.#socket = new LiveSocket(
      {
        opened: () => this.#watch(),
        greeted: (frame) => this.#greeted(frame),
        greetingRefused: (refusal) => this.#refused(refusal),
        waiting: ({ room: known, viewer_url, theme, next, last }) => {
          Object.assign(this.state, { room: known, viewerUrl: this.#address(viewer_url), theme: theme ?? null, next, last: last ?? null, picture: null, problem: null, touched: new Map() })
        },
        started: () => this.#watch(),
        looks: ({ theme, next }) => Object.assign(this.state, { theme, next }),
        news: (news) => this.#hear(news),
        names: (frame) => this.#told.set(frame.id, frame),
        linkChanged: (link) => (this.state.link = link),
        ended: (_code, reason) => (this.state.problem = reason === 'not_allowed' ? this.#noMore() : { code: reason || 'ended', message: reason }),
      },
      makeLine,
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

  /** Everybody in a draw, or who has won in it; mostPages: not more than these. */
  readonly names = async (draw: string, of: 'entrants' | 'winners', mostPages = NAMES_PAGES): Promise<ScreenName[]> => {
    const found: ScreenName[] = []
    let after: number | null = null
    for (let page = 0; page < mostPages; page++) {
      const answer = await this.#ask({ op: 'read_names', draw, of, ...(after === null ? {} : { after }) })
      if (answer?.op !== 'names') break
      found.push(...answer.names)
      after = answer.next
      if (after === null) break
    }
    return found
  }

  /** Who has checked in last, the latest first; nobody where the host shows no counts. */
  readonly confirmed = async (checkin: string): Promise<readonly string[]> => {
    const answer = await this.#ask({ op: 'read_confirmed', checkin })
    return answer?.op === 'confirmed' ? answer.names : []
  }

  async #ask(command: Parameters<LiveSocket['command']>[0]): Promise<Names | Confirmed | undefined> {
    const id = commandId()
    await this.#socket.command(command, id)
    const answer = this.#told.get(id)
    this.#told.delete(id)
    return answer
  }

  #watch(): void {
    clearTimeout(this.#askAgainTimer)
    const picture = this.state.picture
    const isMine = picture?.live_session.state === 'running' && !this.#beginAnew
    const position = isMine ? { epoch: picture.epoch, position: picture.position } : {}
    this.#socket.greet({ op: 'watch_screen', room: this.#room, ...(this.#key === null ? {} : { key: this.#key }), ...position })
  }

  #greeted(frame: Entered | Watching): void {
    if (frame.op !== 'watching') return
    const picture = resume(this.state.picture, frame)
    this.#beginAnew = picture === 'gap'
    if (picture === 'gap') return this.#socket.refresh()
    const viewerUrl = this.#address(frame.viewer_url)
    Object.assign(this.state, { picture, room: picture.room, viewerUrl, last: null, problem: null })
    for (const missed of frame.publications ?? []) this.#touch(missed)
  }

  #refused(refusal: Refusal): void {
    if (isPassing(refusal)) return this.#askAgain((refusal.retry_after_s ?? 1) * 1000)
    this.state.problem = refusal
    this.#socket.stop()
  }

  #hear(news: News): void {
    if (!this.state.picture) return
    const next = fold(this.state.picture, news)
    if (next === 'gap') return this.#socket.refresh()
    this.state.picture = news.op === 'publication' ? withoutOld(next) : next
    if (news.op === 'publication') this.#follow(news, next)
  }

  #touch({ at, kind, survey, checkin, draw }: Publication): void {
    const id = (survey ?? checkin ?? draw)?.id
    // marking the last answers by hand makes nothing new of a result that has been seen
    if (id !== undefined && kind !== 'survey.settled') this.state.touched = new Map([...this.state.touched].slice(-MOST_KEPT)).set(id, at)
  }

  #follow(news: Publication, { live_session, draws }: Picture): void {
    this.#touch(news)
    if (live_session.state !== 'ended' || draws.some(({ state }) => state === 'closing' || state === 'closed')) return
    this.#askAgain(news.draw?.state === 'drawn' ? WINNERS_STAY_MS : ASK_AGAIN_MS)
  }

  #askAgain(ms: number): void {
    clearTimeout(this.#askAgainTimer)
    this.#askAgainTimer = setTimeout(() => this.#watch(), ms)
  }

  /** The server says a path where it does not know by which name it is reached: this page's own is right then. */
  #address(viewerUrl = ''): string {
    return new URL(viewerUrl, location.href).href
  }

  #noMore(): Refusal {
    const code = this.#key === null ? 'not_logged_in' : 'invalid_screen_key'
    return { code, message: code }
  }
}

/** What is open is among the newest, or kept for being open. */
function withoutOld(picture: Picture): Picture {
  const newest = <Kind extends { readonly state: string }>(all: readonly Kind[]): readonly Kind[] =>
    all.length <= MOST_KEPT ? all : all.filter(({ state }, index) => index < MOST_KEPT || UNDER_WAY.includes(state))
  return { ...picture, surveys: newest(picture.surveys), checkins: newest(picture.checkins), draws: newest(picture.draws), announcements: picture.announcements.slice(-MOST_KEPT) }
}

const UNDER_WAY: readonly string[] = ['open', 'committed', 'closing']
