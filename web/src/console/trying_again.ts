/** What could not be fetched is tried again by itself, where nothing else does so: nobody should have to load a page again. */
import { ApiError } from '@/api/client'

export const TRY_AGAIN_MS = 5_000

/** That the server could not be reached, or could not just now. A refusal would be the same again. */
export const mayPass = (failure: unknown): boolean => failure instanceof ApiError && (failure.status === 0 || failure.status === 429 || failure.status >= 500)
