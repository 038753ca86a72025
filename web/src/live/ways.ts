/** Which carrier a page tries next: sockets, unless they are blocked here. Pure, but for what it remembers. */
import type { Carrier } from './line'

/** A socket that fails to come about so often in a row may be blocked by something in between; */
const BLOCKED_AFTER = 2
/** where one has stood before, more likely the server is away. */
const BLOCKED_AFTER_STANDING = 4

export class Ways {
  #failedSockets = 0
  #haveStood = false
  #haveStreamed = false

  /** A socket has stood on this page. */
  get haveStood(): boolean {
    return this.#haveStood
  }

  next(): Carrier {
    return this.#failedSockets >= (this.#haveStood ? BLOCKED_AFTER_STANDING : BLOCKED_AFTER) ? 'stream' : 'socket'
  }

  /** The line stands. */
  stood(carrier: Carrier): void {
    if (carrier === 'stream') {
      this.#haveStreamed = true
      return
    }
    this.#failedSockets = 0
    this.#haveStood = true
  }

  /**
   * It never stood. When no stream comes about either, it is the server that is away, and sockets begin anew; where only streams have stood
   * they get every other turn, so that a server that is back is found without waiting for sockets first.
   */
  failed(carrier: Carrier): void {
    if (carrier === 'socket') this.#failedSockets++
    else this.#failedSockets = this.#haveStreamed && !this.#haveStood ? BLOCKED_AFTER - 1 : 0
  }
}
