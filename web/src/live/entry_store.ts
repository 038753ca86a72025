/**
 * What this device remembers of one room, so that a reload, a crash of the browser or a restart of the server changes nothing for the
 * viewer: the token, or until it has come the id of the entry; and answers that have no acknowledgement yet, under their ids.
 */

export interface PendingAnswer {
  readonly id: string
  readonly question: string
  readonly choices: readonly number[]
}

export interface RoomMemory {
  readonly name?: string
  readonly token?: string
  /** Id of a first entry that nobody has answered yet; sent again it finds the same viewer. */
  readonly entryId?: string
  readonly pending?: readonly PendingAnswer[]
}

export interface EntryStore {
  load(code: string): RoomMemory
  save(code: string, memory: RoomMemory): void
}

const keyOf = (code: string) => `turnout.room.${code}`

/** Keeps it in localStorage; where that is forbidden or full, for as long as the page is open. */
export class BrowserEntryStore implements EntryStore {
  readonly #meanwhile = new Map<string, RoomMemory>()

  load(code: string): RoomMemory {
    const kept = this.#meanwhile.get(code)
    if (kept) return kept
    try {
      const value: unknown = JSON.parse(localStorage.getItem(keyOf(code)) ?? '{}')
      return isMemory(value) ? value : {}
    } catch {
      return {}
    }
  }

  save(code: string, memory: RoomMemory): void {
    try {
      localStorage.setItem(keyOf(code), JSON.stringify(memory))
      this.#meanwhile.delete(code)
    } catch {
      this.#meanwhile.set(code, memory)
    }
  }
}

function isMemory(value: unknown): value is RoomMemory {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { name, token, entryId, pending } = value as Record<string, unknown>
  return [name, token, entryId].every((text) => text === undefined || typeof text === 'string') && (pending === undefined || Array.isArray(pending))
}
