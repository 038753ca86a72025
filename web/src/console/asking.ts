/** "Are you sure?" before what cannot be undone, or what others will notice. */
import { ElMessageBox } from 'element-plus'
import { useI18n } from 'vue-i18n'
import 'element-plus/theme-chalk/el-button.css'
import 'element-plus/theme-chalk/el-message-box.css'

interface Question {
  readonly title: string
  readonly hint: string
  /** What the button that does it says. */
  readonly yes: string
  readonly no?: string
  /** Not a dangerous one: the button has the usual colour. */
  readonly harmless?: boolean
  /** The key that asked may be pressed once too often: it says nothing here. */
  readonly careful?: boolean
}

export function useAsking(): (question: Question) => Promise<boolean> {
  const { t } = useI18n()
  return ({ title, hint, yes, no, harmless = false, careful = false }) =>
    ElMessageBox.confirm(hint, title, {
      confirmButtonText: yes,
      cancelButtonText: no ?? t('common.cancel'),
      autofocus: !careful,
      confirmButtonType: harmless ? 'primary' : 'danger',
    }).then(
      () => true,
      () => false,
    )
}

/** The same, with a line to write in it. Resolves to null when it is not to be done; what was written may be "". */
export function useAskingWhy(): (question: Question & { readonly label: string; readonly longest: number }) => Promise<string | null> {
  const { t } = useI18n()
  return ({ title, hint, yes, no, label, longest }) =>
    ElMessageBox.prompt(hint, title, {
      confirmButtonText: yes,
      cancelButtonText: no ?? t('common.cancel'),
      confirmButtonType: 'danger',
      inputPlaceholder: label,
      inputValidator: (text: string | null) => Array.from((text ?? '').trim()).length <= longest || t('common.tooLong', { n: longest }),
    }).then(
      ({ value }) => value.trim(),
      () => null,
    )
}
