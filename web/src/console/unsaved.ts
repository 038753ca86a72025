/** What a host has written and not saved is not lost by a slip of the hand: whoever would throw it away is asked first. */
import { onScopeDispose } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter, type RouteLocationNormalized } from 'vue-router'
import { useAsking } from './asking'
import { keepsPage } from './login_ended'

interface Unsaved {
  /** What is written now is what is saved, or what there was before anybody wrote. */
  settle(): void
  isUnsaved(): boolean
  /** Whether nothing would be lost, or the host says that it may be. */
  mayLose(): Promise<boolean>
}

/**
 * written: what is being written, as text; null: nothing. keeps: a page of this site where it stays, so that going there asks nothing.
 * It holds as long as the component lives, whether it is shown or not.
 */
export function useUnsaved(written: () => string | null, keeps: (to: RouteLocationNormalized) => boolean = () => false): Unsaved {
  const { t } = useI18n()
  const ask = useAsking()
  let saved: string | null = null
  const isUnsaved = () => {
    const now = written()
    return now !== null && now !== saved
  }
  const mayLose = async () => !isUnsaved() || ask({ title: t('form.loseAsk'), hint: t('form.loseHint'), yes: t('form.lose'), no: t('form.keep') })

  const beforeUnload = (event: BeforeUnloadEvent) => {
    if (isUnsaved()) event.preventDefault()
  }
  window.addEventListener('beforeunload', beforeUnload)
  const unguard = useRouter().beforeEach((to) => keeps(to) || mayLose())
  const unkeep = keepsPage(isUnsaved)
  onScopeDispose(() => {
    unkeep()
    window.removeEventListener('beforeunload', beforeUnload)
    unguard()
  })
  return { settle: () => (saved = written()), isUnsaved, mayLose }
}
