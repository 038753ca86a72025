/** Commands that have no answer yet: each is sent on every line anew, under the same id, until the server accepts or refuses it. */
import { commandId } from './command_id'
import { LONGEST_COMMAND_BYTES, type ClientCommand, type Refusal } from './protocol'

export class CommandRefused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message)
  }
}

interface Waiting {
  readonly frame: string
  readonly settle: (refusal: Refusal | null) => void
}

const NOT_NOW_MS = 1_000

export class Outbox {
  readonly #waiting = new Map<string, Waiting>()
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()

  /** send: hands a frame to the line, if one takes commands now. */
  constructor(
    private readonly send: (frame: string) => void,
    private readonly random: () => number,
  ) {}

  /** Resolves when the server has accepted the command, rejects with CommandRefused when it has refused it; waits as long as it takes. */
  add(command: ClientCommand, id: string = commandId()): Promise<void> {
    const frame = JSON.stringify({ ...command, id })
    if (new TextEncoder().encode(frame).length > LONGEST_COMMAND_BYTES) {
      return Promise.reject(new CommandRefused({ code: 'answers_too_long', message: 'all answers together are too long' }))
    }
    return new Promise((resolve, reject) => {
      const settle = (refusal: Refusal | null) => (refusal ? reject(new CommandRefused(refusal)) : resolve())
      this.#waiting.set(id, { frame, settle })
      this.send(frame)
    })
  }

  /** The server has answered; null: accepted. */
  settle(id: string, refusal: Refusal | null): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    waiting?.settle(refusal)
  }

  /** The server cannot just now: the same again when it says so. */
  again(id: string, afterS = 0): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        const waiting = this.#waiting.get(id)
        if (waiting) this.send(waiting.frame)
      },
      afterS * 1000 + NOT_NOW_MS * (0.5 + this.random()),
    )
    this.#timers.add(timer)
  }

  /** A line takes commands: everything that waits. */
  sendAll(): void {
    for (const { frame } of this.#waiting.values()) this.send(frame)
  }

  /** The line is gone; what it was to be told again will be told by the next one. */
  pause(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
