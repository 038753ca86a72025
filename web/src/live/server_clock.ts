/**
 * The server's time on a device whose clock may be wrong: countdowns end when the server's clock says so.
 *
 * A sample is the server's `now` with the moments of asking and hearing. The one with the shortest round trip is the best; it gives
 * way after a while, because the device's clock may be set meanwhile.
 */
export class ServerClock {
  #offsetMs = 0
  #roundTripMs = Number.POSITIVE_INFINITY
  #sampledAt = Number.NEGATIVE_INFINITY

  /** askedAt, heardAt: milliseconds of the device's clock (Date.now()). serverNow: RFC 3339. */
  sample(serverNow: string, askedAt: number, heardAt: number): void {
    const server = Date.parse(serverNow)
    const roundTrip = Math.max(0, heardAt - askedAt)
    if (Number.isNaN(server) || (roundTrip > this.#roundTripMs && heardAt - this.#sampledAt < KEEP_BEST_MS)) return
    this.#offsetMs = server - (askedAt + roundTrip / 2)
    this.#roundTripMs = roundTrip
    this.#sampledAt = heardAt
  }

  /** The server's time in milliseconds since the epoch. */
  now(): number {
    return Date.now() + this.#offsetMs
  }
}

const KEEP_BEST_MS = 120_000
