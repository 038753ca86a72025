/** How deliveries and attempts are called on a page. */
import { useI18n } from 'vue-i18n'
import type { Attempt, Delivery } from '@/api/types'
import { momentText } from '@/ui/time'

export const DELIVERY_TONES: Record<string, 'good' | 'bad' | 'waiting' | 'plain'> = {
  due: 'waiting',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'plain',
}

export function useEventName(): (kind: string) => string {
  const { t } = useI18n()
  const kinds = useEventKinds()
  return (kind) => (kinds().includes(kind) ? t(`deliveries.kinds['${kind}']`) : kind)
}

/** Every kind of event there are words for. */
export function useEventKinds(): () => string[] {
  const { tm } = useI18n()
  // kinds have dots in them, which a message path would split
  return () => Object.keys(tm<string>('deliveries.kinds'))
}

interface DeliveryText {
  /** In a word. */
  readonly state: string
  /** What a due one waits for; empty where there is no more to say. */
  readonly more: string
}

type Standing = Pick<Delivery, 'state' | 'waits_for' | 'attempts' | 'next_attempt_at'>

export function useDeliveryText(): (delivery: Standing) => DeliveryText {
  const { t, te, locale } = useI18n()
  return (delivery) => {
    if (delivery.state !== 'due') return { state: t(`deliveries.states.${delivery.state}`), more: '' }
    const waiting = delivery.waits_for ?? 'sending'
    const time = delivery.next_attempt_at ? momentText(delivery.next_attempt_at, locale.value) : ''
    const more = `deliveries.waiting.${waiting}`
    return { state: t(`deliveries.due.${waiting}`), more: te(more) ? t(more, { n: delivery.attempts, time }, delivery.attempts) : '' }
  }
}

/** What happened in an attempt: the server's own sentence where the page speaks its language, else ours, and the server's beside it. */
export function useOutcomeText(): (attempt: Attempt) => { said: string; record: string } {
  const { t, te, locale } = useI18n()
  return ({ outcome, status, explanation }) => {
    const ours = `deliveries.outcomes.${outcome}`
    if (outcome !== 'sending' && (locale.value === 'en' || !te(ours))) return { said: explanation, record: '' }
    return { said: t(ours, { status }), record: outcome === 'sending' ? '' : explanation }
  }
}

export const headerLines = (headers: Readonly<Record<string, string>>): string => Object.entries(headers).map(([name, value]) => `${name}: ${value}`).join('\n')

/** JSON laid out for reading; anything else as it is. */
export function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
