/**
 * For tests/browser/test_socket_client.py: the socket client by itself, without a page around it, made here and driven from there against
 * the real server. Nothing is imitated; what its lines said and heard is kept.
 */
import { HostLive } from './host_live'
import { SocketLine, type Carrier, type Line } from './line'
import type { Answer, ServerFrame } from './protocol'
import { StreamLine } from './stream_line'
import { ViewerLive } from './viewer_live'

interface Said {
  readonly op: string
  readonly id: string
}

/** What went over all lines of one client, in order. */
class Lines {
  readonly carriers: Carrier[] = []
  readonly said: Said[] = []
  readonly heard: ServerFrame[] = []
  /** The next publication gets lost on its way. */
  losesOne = false

  readonly make = (carrier: Carrier): Line => new NotedLine(carrier === 'socket' ? new SocketLine() : new StreamLine(), carrier, this)
}

class NotedLine implements Line {
  onopen: (() => void) | null = null
  onmessage: ((text: string) => void) | null = null
  onclose: ((code: number, reason: string) => void) | null = null

  constructor(
    private readonly line: Line,
    carrier: Carrier,
    private readonly lines: Lines,
  ) {
    line.onopen = () => {
      lines.carriers.push(carrier)
      this.onopen?.()
    }
    line.onmessage = (text) => this.#hear(text)
    line.onclose = (code, reason) => this.onclose?.(code, reason)
  }

  get open(): boolean {
    return this.line.open
  }

  send(text: string): void {
    this.lines.said.push(JSON.parse(text) as Said)
    this.line.send(text)
  }

  close(code: number): void {
    this.line.close(code)
  }

  #hear(text: string): void {
    const frame = JSON.parse(text) as ServerFrame
    if (this.lines.losesOne && frame.op === 'publication') {
      this.lines.losesOne = false
      return
    }
    this.lines.heard.push(frame)
    this.onmessage?.(text)
  }
}

export interface Driven {
  readonly live: HostLive | ViewerLive
  readonly lines: Lines
}

/** Follows a live session as the host whose login the browser has. */
export function host(liveSession: string): Driven {
  const lines = new Lines()
  const live = new HostLive(liveSession, lines.make)
  live.start()
  return { live, lines }
}

/** Enters a room; without a name as who has been in it from this browser. */
export function viewer(code: string, name?: string): Driven {
  const lines = new Lines()
  const live = new ViewerLive(code, null, null, undefined, lines.make)
  if (name !== undefined) live.enterAs(name)
  live.start()
  return { live, lines }
}

/** Filled in and submitted. */
export function answer({ live }: Driven, survey: string, answers: readonly Answer[]): void {
  if (live instanceof HostLive) throw new Error('hosts do not answer')
  for (const one of answers) live.answering.change(survey, one)
  live.answering.submit(survey)
}

/** Nothing of this viewer waits for the server. */
export function isSettled({ live }: Driven): boolean {
  return live instanceof HostLive || (live.answering.state.sending.size === 0 && live.taking.state.joining.size === 0)
}

/**
 * What somebody sees, as text in which the order of members plays no part. Left out is what may differ between who was there all along and
 * who has just come:
 * - online: a signal, told some time after the snapshot;
 * - position: it counts events of other channels too, which a snapshot has seen and news does not tell;
 * - answered_at, confirmed_at: a client puts its own clock's time, or none, until the server tells;
 * - an own result of anything but an exam: a client works it out from what is right, and asks for none.
 */
export function shown({ live }: Driven): string {
  const { picture } = live.state
  if (live instanceof HostLive) return sorted({ picture })
  const { phase, name, viewer, room } = live.state
  const { checkins, draws } = live.taking.state
  return sorted({ phase, name, viewer, room, picture, mine: mineOf(live), checkins: byKey(checkins), draws: byKey(draws) })
}

const LEFT_OUT: readonly string[] = ['online', 'position', 'answered_at', 'confirmed_at']

const mineOf = ({ answering, state: { picture } }: ViewerLive): object => {
  const isExam = (id: string) => picture?.surveys.some((survey) => survey.id === id && survey.kind === 'exam')
  return Object.fromEntries(Array.from(answering.state.mine, ([id, own]) => [id, isExam(id) ? own : { ...own, result: undefined }]))
}
const byKey = (map: ReadonlyMap<string, unknown>): object => Object.fromEntries(map)

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    const kept = Object.entries(part).filter(([key]) => !LEFT_OUT.includes(key))
    return Object.fromEntries(kept.sort(([one], [other]) => (one < other ? -1 : 1)))
  })
}
