/**
 * The line where sockets are blocked: GET /live/<line> is a response that never ends, as server-sent events, down which the server speaks;
 * what the client says goes in posts to the same address, one at a time, so that their order holds.
 *
 * Every trouble ends the line: who comes back sends what was not answered again, under the same ids, which changes nothing twice.
 */
import { commandId } from './command_id'
import type { Line } from './line'
import { ENDING, LONGEST_COMMAND_BYTES } from './protocol'

interface Goodbye {
  readonly code: number
  readonly reason: string
}

/** A comment is the server's question whether anybody is there; saying something within this time has answered it. */
const ANSWERED_BY_MS = 10_000

export class StreamLine implements Line {
  onopen: (() => void) | null = null
  onmessage: ((text: string) => void) | null = null
  onclose: ((code: number, reason: string) => void) | null = null
  open = false
  readonly #address = `/live/${commandId()}`
  readonly #abort = new AbortController()
  #unsent: string[] = []
  #posting = false
  #saidAt = 0

  constructor(private readonly ask: typeof fetch = (address, how) => fetch(address, how)) {
    void this.#listen()
  }

  send(text: string): void {
    this.#unsent.push(text)
    if (!this.#posting) void this.#post()
  }

  close(): void {
    this.onopen = this.onmessage = this.onclose = null
    this.open = false
    this.#abort.abort()
  }

  async #listen(): Promise<void> {
    let goodbye: Goodbye = { code: ENDING.lost, reason: '' }
    try {
      const { signal } = this.#abort
      const response = await this.ask(this.#address, { signal, headers: { Accept: 'text/event-stream' }, credentials: 'same-origin', cache: 'no-store' })
      if (response.ok && response.body && response.headers.get('Content-Type')?.startsWith('text/event-stream')) {
        this.open = true
        this.onopen?.()
        goodbye = (await this.#read(response.body)) ?? goodbye
      }
    } catch {
      // the line broke, or never stood
    }
    this.#end(goodbye)
  }

  /** Until the response ends; how the server said goodbye, when it did. */
  async #read(body: ReadableStream<Uint8Array>): Promise<Goodbye | null> {
    const reader = body.getReader()
    const decoder = new TextDecoder()
    let text = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return null
      const events = (text + decoder.decode(value, { stream: true })).split('\n\n')
      text = events.pop() ?? ''
      for (const event of events) {
        const goodbye = this.#hear(event)
        if (goodbye) return goodbye
      }
    }
  }

  #hear(event: string): Goodbye | null {
    const lines = event.split('\n')
    const payload = lines.flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trimStart()] : [])).join('\n')
    if (lines.includes('event: end')) return JSON.parse(payload) as Goodbye
    if (payload) this.onmessage?.(payload)
    else if (Date.now() - this.#saidAt > ANSWERED_BY_MS) this.send(JSON.stringify({ op: 'ping', id: commandId() }))
    return null
  }

  async #post(): Promise<void> {
    this.#posting = true
    while (this.#unsent.length > 0 && !this.#abort.signal.aborted) {
      this.#saidAt = Date.now()
      let status: number
      try {
        const body = this.#nextBody()
        const response = await this.ask(this.#address, { method: 'POST', body, headers: { 'Content-Type': 'application/json' }, credentials: 'same-origin', signal: this.#abort.signal })
        status = response.status
      } catch {
        status = 0
      }
      if (status < 200 || status > 299) this.#end({ code: status === 413 ? ENDING.tooLong : ENDING.lost, reason: '' })
    }
    this.#posting = false
  }

  /** One message, or an array of as many as a post may hold. */
  #nextBody(): string {
    let bytes = 2
    let count = 0
    for (const text of this.#unsent) {
      bytes += 3 * text.length + 1 // at most three bytes for each of a text's units
      if (count > 0 && bytes > LONGEST_COMMAND_BYTES) break
      count++
    }
    const texts = this.#unsent.splice(0, count)
    return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(',')}]`
  }

  #end({ code, reason }: Goodbye): void {
    const tell = this.onclose
    this.close()
    tell?.(code, reason)
  }
}
