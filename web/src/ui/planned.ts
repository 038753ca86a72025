/** What is planned, in words for those who wait. */
import { useI18n } from 'vue-i18n'
import type { Next } from '@/live/protocol'
import { startText } from './time'

export function usePlannedText(): (next: Next | null) => string {
  const { t, locale } = useI18n()
  return (next) => (next ? t(next.title ? 'next.titled' : 'next.expected', { title: next.title, time: startText(next.starts_at, locale.value) }) : '')
}
