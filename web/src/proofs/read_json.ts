/** The JSON in a file from anywhere. Pure. */

export const LARGEST_FILE_BYTES = 256 * 1024 * 1024

/** undefined: it is too large, no UTF-8, no JSON, or has numbers that are not integers. */
export function readJson(bytes: Uint8Array): unknown {
  if (bytes.length > LARGEST_FILE_BYTES) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return hasFraction(text) ? undefined : (JSON.parse(text) as unknown)
  } catch {
    return undefined // also when it is nested deeper than the browser can follow
  }
}

/** Whether a number is written in another way than as an integer: 1.0 and 1e0 would be read as 1. */
function hasFraction(text: string): boolean {
  let inside = false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x22) inside = !inside
    else if (inside && unit === 0x5c) at++
    else if (!inside && (unit === 0x2e || ((unit | 0x20) === 0x65 && isDigit(text.charCodeAt(at - 1))))) return true
  }
  return false
}

const isDigit = (unit: number) => unit >= 0x30 && unit <= 0x39
