/** For tests: a server at the other end of sockets that exist only in memory. */
import type { Entered, ServerFrame, Snapshot } from './protocol'

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

  drop(code = 1006): void {
    this.readyState = WebSocket.CLOSED
    this.onclose?.({ code } as CloseEvent)
  }
}

export class FakeServer {
  readonly sockets: FakeSocket[] = []

  readonly connect = (): WebSocket => {
    const socket = new FakeSocket()
    this.sockets.push(socket)
    return socket as unknown as WebSocket
  }

  /** The connection made last. */
  get now(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('nobody has connected')
    return socket
  }

  last(op: string): Sent {
    const sent = this.now.sent.filter((frame) => frame.op === op).at(-1)
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
    this.now.hear({ op: 'entered', id, viewer: { id: 'vw_1', name: 'Lin' }, token: 'token-1', now, mine: [], snapshot: aSnapshot(), ...change })
  }

  refuse(op: string, code: string, more: { retry_after_s?: number } = {}): void {
    this.now.hear({ op: 'refused', id: this.last(op).id, error: { code, message: code, ...more } })
  }
}

export function aSnapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    epoch: 'e1',
    position: 4,
    room: { code: 'abcd2345', title: 'Hall' },
    live_session: { id: 'ls_1', title: 'Monday', state: 'running', started_at: '2026-01-05T08:00:00.000000Z', ended_at: null },
    surveys: [],
    ...change,
  }
}
