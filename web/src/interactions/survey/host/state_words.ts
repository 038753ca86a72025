/** How a survey's state is said in lists: what waits for marks, and what viewers have been shown, is more than closed. */
import { useI18n } from 'vue-i18n'
import type { Survey } from '@/live/protocol'
import { isShown } from '../survey'

export interface StateWord {
  readonly text: string
  readonly tone: 'live' | 'good' | 'waiting' | 'plain'
}

export function useStateWord(): (survey: Survey) => StateWord {
  const { t } = useI18n()
  return (survey) => {
    if (survey.to_mark && survey.state === 'closed') return { text: t('live.toMark', { n: survey.to_mark }, survey.to_mark), tone: 'waiting' }
    if (isShown(survey)) return { text: t('card.published'), tone: 'good' }
    return { text: t(`card.state.${survey.state}`), tone: survey.state === 'open' ? 'live' : 'plain' }
  }
}
