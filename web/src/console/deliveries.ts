/** How deliveries and attempts are called on a page. */
import { useI18n } from 'vue-i18n'
import type { Delivery } from '@/api/types'
import { momentText } from '@/ui/time'

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

/**
 * What a due delivery waits for. sending: an attempt is under way. retry: the last one failed. start, earlier: messages to one receiver
 * keep their order, and one before this has not arrived. turn: the sender.
 */
export type Waiting = 'sending' | 'retry' | 'start' | 'earlier' | 'turn'

/** all: the deliveries of the same live session, as far as they are known here. */
export function waitingOf(delivery: Delivery, all: readonly Delivery[]): Waiting {
  if (delivery.next_attempt_at === null) return 'sending'
  if (delivery.attempts > 0) return 'retry'
  const before = all.filter(({ state, endpoint, event }) => state === 'due' && endpoint.id === delivery.endpoint.id && event.number < delivery.event.number)
  if (before.length === 0) return 'turn'
  return before.some(({ event }) => event.kind === 'survey.opened') ? 'start' : 'earlier'
}

interface DeliveryText {
  /** In a word. */
  readonly state: string
  /** What a due one waits for; empty where there is no more to say. */
  readonly more: string
}

export function useDeliveryText(): (delivery: Delivery, all: readonly Delivery[]) => DeliveryText {
  const { t, te, locale } = useI18n()
  return (delivery, all) => {
    if (delivery.state !== 'due') return { state: t(`deliveries.states.${delivery.state}`), more: '' }
    const waiting = waitingOf(delivery, all)
    const time = delivery.next_attempt_at ? momentText(delivery.next_attempt_at, locale.value) : ''
    const more = `deliveries.waiting.${waiting}`
    return { state: t(`deliveries.due.${waiting}`), more: te(more) ? t(more, { n: delivery.attempts, time }, delivery.attempts) : '' }
  }
}

/** JSON laid out for reading; anything else as it is. */
export function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
