/** A login that ends under a page: it leads to the login page, unless something is written there and not saved. That stays, and the host logs
 * in beside it. */
import { ref } from 'vue'
import { useRouter } from 'vue-router'
import { findLogin, login } from './login'

/** The login has ended, and this page was kept. */
export const isLoginEnded = ref(false)

const written = new Set<() => boolean>()

/** While it says yes, the page is kept. Returns what ends that. */
export function keepsPage(isUnsaved: () => boolean): () => void {
  written.add(isUnsaved)
  return () => void written.delete(isUnsaved)
}

export function useLeaveToLogin(): () => void {
  const router = useRouter()
  return () => {
    login.value = null
    if ([...written].some((isUnsaved) => isUnsaved())) isLoginEnded.value = true
    else void router.push({ path: '/console/login', query: { to: router.currentRoute.value.fullPath, expired: 'yes' } })
  }
}

/** Whether there is a login again; what cannot be asked is asked the next time. */
export async function lookForLogin(): Promise<void> {
  const found = await findLogin().catch(() => null)
  if (found) isLoginEnded.value = false
}
