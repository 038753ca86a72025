/** How deliveries and attempts are called on a page. */
import { useI18n } from 'vue-i18n'

export const DELIVERY_TONES: Record<string, 'good' | 'bad' | 'waiting' | 'plain'> = {
  due: 'waiting',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'plain',
}

export function useEventName(): (kind: string) => string {
  const { t, tm } = useI18n()
  // kinds have dots in them, which a message path would split
  const names = () => tm<string>('deliveries.kinds') as Record<string, string>
  return (kind) => (kind in names() ? t(`deliveries.kinds['${kind}']`) : kind)
}

/** JSON laid out for reading; anything else as it is. */
export function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
