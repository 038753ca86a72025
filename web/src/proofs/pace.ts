/** Long work in short turns: a page that checks a million entrants still scrolls, and can be told how far it is or to stop. */

/** Long enough to get on, short enough that a press is answered at once. */
const TURN_MS = 20
/** Reading the clock at every step would take longer than the steps. */
const STEPS_PER_LOOK = 256

export type Stage = 'reading' | 'entrants' | 'paths' | 'entropy' | 'selection'

export interface Progress {
  readonly stage: Stage
  readonly done: number
  readonly of: number
}

export interface PaceOptions {
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** The one who asked wants no answer any more. */
export class Stopped extends Error {}

export class Pace {
  private steps = 0
  private turnEnds = performance.now() + TURN_MS

  constructor(private readonly options: PaceOptions = {}) {}

  /** Whether the page should have a turn now: ask at every step, and rest when it says so. */
  due(): boolean {
    return ++this.steps % STEPS_PER_LOOK === 0 && performance.now() >= this.turnEnds
  }

  /** Gives the page a turn. Throws Stopped when it says that nobody waits for the answer. */
  async rest(stage: Stage, done: number, of: number): Promise<void> {
    this.options.onProgress?.({ stage, done, of })
    await new Promise((resolve) => setTimeout(resolve))
    if (this.options.signal?.aborted) throw new Stopped()
    this.turnEnds = performance.now() + TURN_MS
  }
}
