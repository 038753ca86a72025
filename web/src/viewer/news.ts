/** What a screen reader says when the picture changes, or an answer has arrived: the newest change in one sentence. */
import { ref, watch, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { isOver, isShown } from '@/interactions/survey/survey'
import type { Sending } from '@/live/answering'
import type { Picture } from '@/live/fold'
import { withdrawnSince } from './standing'

/** sending: by survey, what is on its way or was refused; what leaves it was taken. */
export function useSpokenNews(picture: () => Picture | null, sending: () => ReadonlyMap<string, Sending>): Readonly<Ref<string>> {
  const { t } = useI18n()
  const news = ref('')
  watch(picture, (now, before) => {
    if (!now || !before) return
    if (now.live_session.state === 'ended' && before.live_session.state !== 'ended') news.value = t('viewer.newsEnded')
    for (const { title } of withdrawnSince(before, now)) news.value = t('viewer.withdrawn', { title })
    for (const survey of now.surveys) {
      const earlier = before.surveys.find(({ id }) => id === survey.id)
      const { title } = survey
      if (isShown(survey) && !(earlier && isShown(earlier))) news.value = t('viewer.newsResult', { title })
      else if (isOver(survey) && earlier && !isOver(earlier)) news.value = t('viewer.newsClosed', { title })
      else if (survey.state === 'open' && earlier?.state !== 'open') news.value = t('viewer.newsOpen', { title })
    }
  })
  watch(sending, (now, before) => {
    for (const [id, { refusal }] of before) {
      const survey = picture()?.surveys.find((other) => other.id === id)
      if (survey && refusal === null && !now.has(id)) news.value = t('viewer.newsSaved', { title: survey.title })
    }
  })
  return news
}
