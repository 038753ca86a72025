/**
 * Plays an HLS stream in a video element, and goes on trying while it can help.
 *
 * Apple's browsers play it by themselves, and better than a script could. Elsewhere hls.js does, which is loaded only then. It works without
 * a worker: a worker made from a blob would need a hole in the page's policy, and what it would do, taking segments apart, costs a phone a
 * few milliseconds for each.
 */
import type Hls from 'hls.js'
import type { ErrorData } from 'hls.js'

/** missing: there is nothing at its address yet. lost: it cannot be fetched. broken: it cannot be decoded. unsupported: this browser cannot. */
export type Trouble = 'missing' | 'lost' | 'broken' | 'unsupported'

export interface Watching {
  /** Pictures are there, again or for the first time. */
  playing(): void
  /** It has come to its end, as whoever sends it says. */
  over(): void
  /** It is tried again by itself, but for 'unsupported'. */
  failed(trouble: Trouble): void
  /** The browser lets nothing begin by itself, silent or not: somebody has to press Play. */
  blocked(): void
}

const HLS_TYPE = 'application/vnd.apple.mpegurl'
const FIRST_PAUSE_MS = 3_000
const LONGEST_PAUSE_MS = 30_000

/** How long to wait before the try after this many failed ones. Ten thousand see the same stream break at one instant. */
export function pauseMs(failures: number, random: () => number = Math.random): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1)) * (0.75 + 0.5 * random())
}

/** Only what a browser can fetch as a stream; null for anything else. */
export function streamAddress(text: string, base: string): string | null {
  try {
    const address = new URL(text, base)
    return address.protocol === 'https:' || address.protocol === 'http:' ? address.href : null
  } catch {
    return null
  }
}

export class Player {
  #hls: Hls | null = null
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Of the newest start: one that waited for hls.js meanwhile is none any more. */
  #turn = 0
  #mended = false

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly address: string,
    private readonly watching: Watching,
  ) {
    video.addEventListener('playing', this.#played)
    video.addEventListener('ended', this.#ended)
  }

  async start(): Promise<void> {
    const turn = (this.#turn += 1)
    this.#drop()
    if (playsItself(this.video)) {
      this.#startNative()
      return
    }
    const found = await import('hls.js').catch(() => null)
    if (turn !== this.#turn) return
    if (!found) {
      this.#fail('lost')
      return
    }
    const { default: Library } = found
    if (!Library.isSupported()) {
      if (this.video.canPlayType(HLS_TYPE)) this.#startNative()
      else this.watching.failed('unsupported')
      return
    }
    const hls = (this.#hls = new Library({ enableWorker: false, lowLatencyMode: true, backBufferLength: 30, maxLiveSyncPlaybackRate: 1.05 }))
    hls.on(Library.Events.ERROR, (_, problem) => this.#hear(hls, problem))
    hls.attachMedia(this.video)
    hls.loadSource(this.address)
    this.#play()
  }

  /** Now, not after the pause. */
  readonly again = (): void => {
    clearTimeout(this.#timer)
    void this.start()
  }

  stop(): void {
    this.#turn += 1
    clearTimeout(this.#timer)
    this.video.removeEventListener('playing', this.#played)
    this.video.removeEventListener('ended', this.#ended)
    this.#drop()
  }

  readonly #played = (): void => {
    this.#failures = 0
    this.#mended = false
    this.watching.playing()
  }

  readonly #ended = (): void => this.watching.over()

  #startNative(): void {
    this.video.onerror = () => this.#fail(this.video.error?.code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED ? 'missing' : 'lost')
    this.video.src = this.address
    this.#play()
  }

  /** Browsers let only silent pictures begin by themselves, and some, to spare a phone's battery or because a chat app says so, not even these. */
  #play(): void {
    const turn = this.#turn
    this.video.muted = true
    this.video.play().catch((error: unknown) => {
      if (turn === this.#turn && error instanceof DOMException && error.name === 'NotAllowedError') this.watching.blocked()
    })
  }

  #hear(hls: Hls, { fatal, response, ...problem }: ErrorData): void {
    if (!fatal || hls !== this.#hls) return
    const { type, details }: { type: string; details: string } = problem
    if (details === 'manifestIncompatibleCodecsError') {
      this.#drop()
      this.watching.failed('unsupported')
    } else if (type === 'mediaError' && !this.#mended) {
      this.#mended = true // once; a stream that stays broken would only flicker
      hls.recoverMediaError()
    } else if (type === 'networkError' && !details.includes('ParsingError')) {
      this.#fail(isRefusal(response?.code ?? 0) ? 'missing' : 'lost')
    } else {
      this.#fail('broken')
    }
  }

  #fail(trouble: Trouble): void {
    this.#drop()
    this.#failures += 1
    this.watching.failed(trouble)
    this.#timer = setTimeout(() => void this.start(), pauseMs(this.#failures))
  }

  #drop(): void {
    this.video.onerror = null
    this.#hls?.destroy()
    this.#hls = null
    this.video.removeAttribute('src')
    this.video.load()
  }
}

const isRefusal = (status: number): boolean => status >= 400 && status < 500

/** Apple's, which alone have this member; others say that they play it too, and do it badly. */
const playsItself = (video: HTMLVideoElement): boolean => 'webkitSupportsPresentationMode' in video && video.canPlayType(HLS_TYPE) !== ''
