/** The words a form is filled in with before the host writes any, in the language of the page. */
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { FormWords } from './question_form'

export function useFormWords(): ComputedRef<FormWords> {
  const { t } = useI18n()
  return computed(() => ({ yes: t('form.yes'), no: t('form.no') }))
}
