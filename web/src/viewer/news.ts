/** What a screen reader says when the picture changes: the newest change in one sentence. */
import { ref, watch, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { isOver, isShown } from '@/interactions/survey/survey'
import type { Picture } from '@/live/fold'

export function useSpokenNews(picture: () => Picture | null): Readonly<Ref<string>> {
  const { t } = useI18n()
  const news = ref('')
  watch(picture, (now, before) => {
    if (!now || !before) return
    if (now.live_session.state !== before.live_session.state) news.value = t('viewer.newsEnded')
    for (const survey of now.surveys) {
      const earlier = before.surveys.find(({ id }) => id === survey.id)
      const { title } = survey
      if (isShown(survey) && !(earlier && isShown(earlier))) news.value = t('viewer.newsResult', { title })
      else if (isOver(survey) && earlier && !isOver(earlier)) news.value = t('viewer.newsClosed', { title })
      else if (survey.state === 'open' && earlier?.state !== 'open') news.value = t('viewer.newsOpen', { title })
    }
  })
  return news
}
