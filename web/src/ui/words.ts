/** What an error is called in the reader's language; an unknown code keeps the server's own sentence. */
import { useI18n } from 'vue-i18n'
import type { Refusal } from '@/live/protocol'

export function useErrorText(): (error: unknown) => string {
  const { t, te } = useI18n()
  return (error) => {
    const refusal = refusalOf(error)
    if (!refusal) return t('errors.error')
    const known = te(`errors.${refusal.code}`) ? t(`errors.${refusal.code}`) : refusal.message
    // "invalid input" alone helps nobody: the server says which field and what is wrong with it
    return refusal.code === 'invalid_input' ? `${known} ${[refusal.field, refusal.message].filter(Boolean).join(': ')}` : known
  }
}

function refusalOf(error: unknown): Refusal | null {
  if (typeof error !== 'object' || error === null) return null
  if ('refusal' in error) return error.refusal as Refusal
  return 'code' in error && 'message' in error ? (error as Refusal) : null
}
