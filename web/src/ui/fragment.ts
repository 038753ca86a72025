/** For pages that read what stands behind the # as they begin: a key, a pass, an invitation. */
import { onScopeDispose } from 'vue'

/** Another one, opened in the same window, begins the page anew: the browser alone would only change the address. */
export function useFragment(): void {
  const begin = () => location.hash.length > 1 && location.reload()
  window.addEventListener('hashchange', begin)
  onScopeDispose(() => window.removeEventListener('hashchange', begin))
}
