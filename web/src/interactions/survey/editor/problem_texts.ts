/** What is wrong with a form, in words, by the path of the field: found here, or by the server, which calls the fields the same. */
import { computed, ref, type ComputedRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { ApiError } from '@/api/client'
import { useSaidText } from '@/console/fault_words'
import { problemsOf } from './form_problems'
import type { SurveyForm } from './survey_form'

interface ProblemTexts {
  /** Set when the host wants to save: before that nobody is told what is missing in a form just begun. */
  readonly tried: Ref<boolean>
  readonly texts: ComputedRef<ReadonlyMap<string, string>>
}

/** failure: why saving failed; null when it did not. */
export function useProblemTexts(form: () => SurveyForm, failure: () => unknown): ProblemTexts {
  const { t } = useI18n()
  const saidText = useSaidText()
  const tried = ref(false)
  const texts = computed(() => {
    if (!tried.value) return new Map<string, string>()
    const found = new Map<string, string>()
    const error = failure()
    if (error instanceof ApiError && error.refusal.field) found.set(placeOf(error.refusal.field), saidText(error.refusal.message))
    for (const [path, problem] of problemsOf(form())) found.set(path, t(`form.problems.${problem}`))
    return found
  })
  return { tried, texts }
}

/** The field of the form that shows what the server says of this one. */
function placeOf(field: string): string {
  return field.replace(/(\.(?:accepted|right_options))\[\d+\]$/, '$1').replace(/^draft\./, '')
}
