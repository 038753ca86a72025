/** A login that ends under a page: it leads to the login page, unless something is written there and not saved. That stays, and the host logs
 * in beside it. */
import { ref } from 'vue'
import { useRouter } from 'vue-router'
import { api } from '@/api/client'
import { login } from './login'

/** The login has ended, and this page was kept. other: somebody else has logged in since, who cannot save what is written here. */
export const endedLogin = ref<'none' | 'ended' | 'other'>('none')

const written = new Set<() => boolean>()

/** While it says yes, the page is kept. Returns what ends that. */
export function keepsPage(isUnsaved: () => boolean): () => void {
  written.add(isUnsaved)
  return () => void written.delete(isUnsaved)
}

export const isAnythingUnsaved = (): boolean => [...written].some((isUnsaved) => isUnsaved())

/** Whose page it is stays known while it is kept: what it shows depends on that. Whoever may have logged in since is not taken for them: the form asks. */
export function useLeaveToLogin(): () => void {
  const router = useRouter()
  return () => {
    if (isAnythingUnsaved()) {
      if (endedLogin.value === 'none') endedLogin.value = 'ended'
      void lookForLogin()
      return
    }
    endedLogin.value = 'none'
    login.value = null
    void router.push({ path: '/console/login', query: { to: router.currentRoute.value.fullPath, expired: 'yes', again: 'yes' } })
  }
}

/** Whether the same person is logged in again; what cannot be asked is asked the next time. */
export async function lookForLogin(): Promise<void> {
  const found = await api.readLogin().catch(() => null)
  if (!found) return
  const isSame = found.host.id === login.value?.host.id
  if (isSame) login.value = await api.keepToken(Promise.resolve(found))
  endedLogin.value = isSame ? 'none' : 'other'
}
