/** The results a viewer has put away, for as long as the tab is open: a reload does not bring them back. */

const keyOf = (code: string) => `turnout.away.${code}`

export function loadPutAway(code: string): readonly string[] {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(keyOf(code)) ?? '[]')
    return Array.isArray(found) ? found.filter((key): key is string => typeof key === 'string') : []
  } catch {
    return []
  }
}

export function savePutAway(code: string, keys: readonly string[]): void {
  try {
    sessionStorage.setItem(keyOf(code), JSON.stringify(keys))
  } catch {
    // a browser that keeps nothing shows them again after a reload
  }
}
