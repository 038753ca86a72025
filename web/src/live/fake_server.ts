/** For tests: a server at the other end of lines that exist only in memory. */
import { SocketLine, type Carrier, type Line } from './line'
import type { Entered, Next, ServerFrame } from './protocol'
import { aSnapshot } from './samples'

export interface Sent {
  readonly op: string
  readonly id: string
  readonly [field: string]: unknown
}

export class FakeSocket {
  readyState: number = WebSocket.CONNECTING
  onopen: (() => void) | null = null
  onmessage: ((event: MessageEvent) => void) | null = null
  onclose: ((event: CloseEvent) => void) | null = null
  closedWith: number | null = null
  readonly sent: Sent[] = []

  constructor(readonly carrier: Carrier = 'socket') {}

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent)
  }

  close(code: number): void {
    this.readyState = WebSocket.CLOSED
    this.closedWith = code
  }

  open(): void {
    this.readyState = WebSocket.OPEN
    this.onopen?.()
  }

  hear(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) } as MessageEvent)
  }

  drop(code = 1006, reason = ''): void {
    this.readyState = WebSocket.CLOSED
    this.onclose?.({ code, reason } as CloseEvent)
  }
}

export class FakeServer {
  readonly sockets: FakeSocket[] = []

  readonly connect = (carrier: Carrier = 'socket'): WebSocket => {
    const socket = new FakeSocket(carrier)
    this.sockets.push(socket)
    return socket as unknown as WebSocket
  }

  readonly line = (carrier: Carrier): Line => new SocketLine(this.connect(carrier))

  /** The connection made last. */
  get now(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('nobody has connected')
    return socket
  }

  /** What was sent of this kind on the connection made last. */
  all(op: string): Sent[] {
    return this.now.sent.filter((frame) => frame.op === op)
  }

  last(op: string): Sent {
    const sent = this.all(op).at(-1)
    if (!sent) throw new Error(`no ${op} was sent on this connection`)
    return sent
  }

  /** Opens the connection made last and lets its greeting in. */
  letIn(change: Partial<Entered> = {}): void {
    this.now.open()
    this.admit(change)
  }

  admit(change: Partial<Entered> = {}): void {
    const id = this.last('enter').id
    const now = new Date().toISOString()
    const viewer = { id: 'vw_1', name: 'Lin', role: 'attendee' as const }
    const snapshot = change.resumed ? undefined : aSnapshot()
    this.now.hear({ op: 'entered', id, viewer, token: 'token-1', now, mine: [], snapshot, ...change })
  }

  /** Answers the greeting: nothing runs in this room. */
  keepWaiting(next: Next | null = null): void {
    this.now.hear({ op: 'waiting', id: this.last('enter').id, room: { code: 'abcd2345', title: 'Hall' }, now: new Date().toISOString(), next })
  }

  accept(op: string): void {
    this.now.hear({ op: 'accepted', id: this.last(op).id })
  }

  refuse(op: string, code: string, more: { retry_after_s?: number; field?: string } = {}): void {
    this.now.hear({ op: 'refused', id: this.last(op).id, error: { code, message: code, ...more } })
  }
}
