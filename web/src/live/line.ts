/** A line to the server, whatever carries it: a WebSocket, or an event stream with posts beside it (stream_line.ts). */

export interface Line {
  /** Whether it takes messages. */
  readonly open: boolean
  onopen: (() => void) | null
  onmessage: ((text: string) => void) | null
  /** Once, however it ended, unless this side has closed it. */
  onclose: ((code: number, reason: string) => void) | null
  send(text: string): void
  close(code: number): void
}

/** How a line is made. */
export type Carrier = 'socket' | 'stream'

export class SocketLine implements Line {
  onopen: (() => void) | null = null
  onmessage: ((text: string) => void) | null = null
  onclose: ((code: number, reason: string) => void) | null = null

  constructor(private readonly socket: WebSocket = new WebSocket(socketAddress())) {
    socket.onopen = () => this.onopen?.()
    socket.onmessage = (event: MessageEvent) => this.onmessage?.(String(event.data))
    socket.onclose = ({ code, reason }: CloseEvent) => this.onclose?.(code, reason)
  }

  get open(): boolean {
    return this.socket.readyState === WebSocket.OPEN
  }

  send(text: string): void {
    this.socket.send(text)
  }

  close(code: number): void {
    this.onopen = this.onmessage = this.onclose = null
    // a page may name 1000 and 3000 to 4999 only
    if (this.socket.readyState <= WebSocket.OPEN) this.socket.close(code >= 3000 ? code : 1000)
  }
}

function socketAddress(): string {
  return `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/ws`
}
