/** One proof at a time: from the server or from a file, read, checked, and what came of it. */
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { ApiError } from '@/api/client'
import { fetchProof } from '@/api/proofs'
import type { Chain } from '@/proofs/drand'
import { Stopped, type Progress } from '@/proofs/pace'
import { LARGEST_FILE_BYTES, readJson } from '@/proofs/read_json'
import { verifyProof, type Verdict } from '@/proofs/verify'
import { isOfUnknownChain } from './words'

/** empty: nothing asked for; missing: the server has none of this id; away: it could not be fetched. */
export type Phase = 'empty' | 'fetching' | 'checking' | 'done' | 'missing' | 'away'

export interface Checking {
  readonly phase: Ref<Phase>
  readonly progress: ShallowRef<Progress | null>
  readonly verdict: ShallowRef<Verdict | null>
  readonly error: ShallowRef<unknown>
  /** The file somebody chose; '' when it came from the server. */
  readonly fileName: Ref<string>
  fetchOne(id: string): Promise<void>
  take(file: File): Promise<void>
  /** Checks the same one again; this chain counts from now on too. */
  trust(chain: Chain): Promise<void>
}

export function useChecking(): Checking {
  const phase = ref<Phase>('empty')
  const progress = shallowRef<Progress | null>(null)
  const verdict = shallowRef<Verdict | null>(null)
  const error = shallowRef<unknown>(null)
  const fileName = ref('')
  const chains: Chain[] = []
  /** Of a chain that is not known, to be checked again; else nothing, since it may be large. */
  let again: Uint8Array | null = null
  let present = new AbortController()
  onScopeDispose(() => present.abort())

  /** What was under way is nobody's business any more. */
  function begin(first: Phase, name: string): AbortSignal {
    present.abort()
    present = new AbortController()
    progress.value = verdict.value = error.value = null
    phase.value = first
    fileName.value = name
    return present.signal
  }

  async function check(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    phase.value = 'checking'
    // the page says so before the long work begins
    await new Promise((resolve) => setTimeout(resolve))
    try {
      const found = await verifyProof(readJson(bytes), { chains, signal, onProgress: (now) => (progress.value = now) })
      if (signal !== present.signal) return
      verdict.value = found
      again = isOfUnknownChain(found) ? bytes : null
      phase.value = 'done'
    } catch (stopped) {
      if (!(stopped instanceof Stopped)) throw stopped
    }
  }

  async function fetchOne(id: string): Promise<void> {
    const signal = begin('fetching', '')
    try {
      const bytes = await fetchProof(id, signal)
      if (!signal.aborted) await check(bytes, signal)
    } catch (failure) {
      if (signal.aborted) return
      error.value = failure
      phase.value = failure instanceof ApiError && failure.status === 404 ? 'missing' : 'away'
    }
  }

  async function take(file: File): Promise<void> {
    const signal = begin('checking', file.name)
    const bytes = await bytesIn(file)
    if (!signal.aborted) await check(bytes, signal)
  }

  async function trust(chain: Chain): Promise<void> {
    chains.push(chain)
    if (again) await check(again, begin('checking', fileName.value))
  }

  return { phase, progress, verdict, error, fileName, fetchOne, take, trust }
}

/** Of a file that is too large, or cannot be read any more, nothing: which is no proof. */
async function bytesIn(file: File): Promise<Uint8Array> {
  if (file.size > LARGEST_FILE_BYTES) return new Uint8Array()
  try {
    return new Uint8Array(await file.arrayBuffer())
  } catch {
    return new Uint8Array()
  }
}
