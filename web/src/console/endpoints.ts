/** How callback endpoints are called on a page. */
import { useI18n } from 'vue-i18n'
import type { Endpoint } from '@/api/types'
import { withoutScheme } from '@/ui/address'

type Tone = 'good' | 'bad' | 'waiting' | 'plain'

/** failing: it is called, and nothing has arrived since. */
export type Shown = Endpoint['state'] | 'failing'

export const ENDPOINT_TONES: Record<Shown, Tone> = { active: 'good', failing: 'bad', paused: 'waiting', disabled: 'bad', feed: 'plain' }

export const shownState = ({ state, health }: Endpoint): Shown => (state === 'active' && health.failing_since ? 'failing' : state)

/** Its own name, else its address; a feed has none. */
export function useEndpointName(): (endpoint: { readonly name?: string; readonly url: string | null }) => string {
  const { t } = useI18n()
  return ({ name, url }) => name || withoutScheme(url ?? '') || t('endpoints.feed')
}

export function useDialectName(): (dialect: string) => string {
  const { t, te } = useI18n()
  return (dialect) => (te(`dialects.${dialect}`) ? t(`dialects.${dialect}`) : dialect)
}
