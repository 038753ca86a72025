/**
 * What this device remembers of one room, so that a reload, a closed tab, a crash of the browser or a restart of the server changes nothing
 * for the viewer: the token, or until it has come the id of the entry; submissions, confirmations and entries that have no acknowledgement
 * yet, under their ids; what was filled in and is not on the server yet; and the random numbers it gave to offline draws.
 *
 * Several tabs share it: each of these and each survey's changes have an entry of their own, so that tabs do not overwrite each other.
 */
import type { Answer, Joining } from './protocol'

export interface RoomMemory {
  readonly name?: string
  readonly token?: string
  /** Id of a first entry that nobody has answered yet; sent again it finds the same viewer. */
  readonly entryId?: string
}

/** viewer: whose it is; another person on this device has no part in it. */
export interface PendingSubmission {
  readonly viewer: string
  readonly survey: string
  readonly answers: readonly Answer[]
}

/** An answer without content was emptied. */
export interface UnsavedChanges {
  readonly viewer: string
  readonly answers: readonly Answer[]
}

/** A press that confirms a check-in or enters a draw. */
export interface PendingJoining {
  readonly viewer: string
  readonly joining: Joining
}

/** What this device gave to an offline draw as its part in the chance, once the server has taken it. */
export interface GivenSalt {
  readonly viewer: string
  readonly salt: string
}

/** pending, joining: by the id of the command. changes: by survey. salt: by draw. */
export interface Parts {
  readonly salt: GivenSalt
  readonly joining: PendingJoining
  readonly pending: PendingSubmission
  readonly changes: UnsavedChanges
}

export interface EntryStore {
  load(code: string): RoomMemory
  save(code: string, memory: RoomMemory): void
  parts<Part extends keyof Parts>(code: string, part: Part): Map<string, Parts[Part]>
  /** null: it is done with. */
  keep<Part extends keyof Parts>(code: string, part: Part, id: string, value: Parts[Part] | null): void
  /** Calls when another tab has entered this room; gives what ends that. */
  watch(code: string, entered: () => void): () => void
}

const keyOf = (code: string) => `turnout.room.${code}`
const partKey = (code: string, part: keyof Parts, id = '') => `${keyOf(code)}.${part}.${id}`

/** Keeps it in localStorage; where that is forbidden or full, for as long as the page is open. */
export class BrowserEntryStore implements EntryStore {
  readonly #meanwhile = new Map<string, string>()

  load(code: string): RoomMemory {
    const value = this.#read(keyOf(code))
    return isMemory(value) ? value : {}
  }

  save(code: string, { name, token, entryId }: RoomMemory): void {
    this.#write(keyOf(code), { name, token, entryId })
  }

  parts<Part extends keyof Parts>(code: string, part: Part): Map<string, Parts[Part]> {
    const start = partKey(code, part)
    const found = this.#keys().flatMap((key): [string, Parts[Part]][] => {
      const value = key.startsWith(start) ? this.#read(key) : null
      return isPart(part, value) ? [[key.slice(start.length), value as unknown as Parts[Part]]] : []
    })
    return new Map(found)
  }

  keep<Part extends keyof Parts>(code: string, part: Part, id: string, value: Parts[Part] | null): void {
    this.#write(partKey(code, part, id), value)
  }

  watch(code: string, entered: () => void): () => void {
    const hear = (event: StorageEvent) => event.key === keyOf(code) && this.load(code).token && entered()
    window.addEventListener('storage', hear)
    return () => window.removeEventListener('storage', hear)
  }

  #keys(): string[] {
    try {
      return [...Object.keys(localStorage), ...this.#meanwhile.keys()]
    } catch {
      return [...this.#meanwhile.keys()]
    }
  }

  #read(key: string): unknown {
    try {
      return JSON.parse(this.#meanwhile.get(key) ?? localStorage.getItem(key) ?? 'null')
    } catch {
      return null
    }
  }

  #write(key: string, value: object | null): void {
    this.#meanwhile.delete(key)
    try {
      if (value) localStorage.setItem(key, JSON.stringify(value))
      else localStorage.removeItem(key)
    } catch {
      if (value) this.#meanwhile.set(key, JSON.stringify(value))
    }
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function isMemory(value: unknown): value is RoomMemory {
  return isObject(value) && [value['name'], value['token'], value['entryId']].every((text) => text === undefined || typeof text === 'string')
}

function isPart(part: keyof Parts, value: unknown): value is Parts[keyof Parts] {
  if (part === 'joining') return isObject(value) && typeof value['viewer'] === 'string' && isJoining(value['joining'])
  if (part === 'salt') return isObject(value) && typeof value['viewer'] === 'string' && typeof value['salt'] === 'string'
  return isObject(value) && typeof value['viewer'] === 'string' && Array.isArray(value['answers']) && value['answers'].every((answer) => isObject(answer) && typeof answer['question'] === 'string')
}

const isJoining = (value: unknown): boolean =>
  isObject(value) && ((value['op'] === 'check_in' && typeof value['checkin'] === 'string') || (value['op'] === 'enter_draw' && typeof value['draw'] === 'string'))
