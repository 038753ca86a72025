/** Proofs of draws: public files, asked for without a login. */
import { fetchFile } from './call'

export const proofAddress = (id: string): string => `/api/v1/proofs/${encodeURIComponent(id)}`

export const fetchProof = (id: string, signal: AbortSignal): Promise<Uint8Array> => fetchFile(proofAddress(id), signal)

/** Shows that whoever has this code took part; not found where nobody with it did. */
export const fetchMembership = (id: string, code: string, signal: AbortSignal): Promise<Uint8Array> => fetchFile(`${proofAddress(id)}/members/${encodeURIComponent(code)}`, signal)
