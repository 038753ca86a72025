/** What a screen reader says when the picture changes, or an answer has arrived: the newest change in one sentence. */
import { ref, watch, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { isDone, isRolling } from '@/interactions/draw/draw'
import { isOver, isShown } from '@/interactions/survey/survey'
import type { Sending } from '@/live/answering'
import type { Picture } from '@/live/fold'
import type { TakingPartState } from '@/live/taking_part'
import { withdrawnCheckIns } from './activities'
import { withdrawnSince } from './standing'

/** sending: by survey, what is on its way or was refused; what leaves it was taken. */
export function useSpokenNews(picture: () => Picture | null, sending: () => ReadonlyMap<string, Sending>, taking: TakingPartState): Readonly<Ref<string>> {
  const { t } = useI18n()
  const news = ref('')
  /** The same words again would be no change, and nobody would hear them: a blank that is not seen makes them new. */
  const say = (text: string): void => void (news.value = news.value === text ? `${text}\u00a0` : text)
  watch(picture, (now, before) => {
    if (!now || !before) return
    if (now.live_session.state === 'ended' && before.live_session.state !== 'ended') say(t('viewer.newsEnded'))
    for (const { id, text } of now.announcements) if (!before.announcements.some((other) => other.id === id)) say(t('viewer.announcement.news', { text }))
    if (before.announcements.some(({ id }) => !now.announcements.some((other) => other.id === id)) && now.live_session.id === before.live_session.id) say(t('viewer.announcement.gone'))
    for (const { title } of withdrawnSince(before, now)) say(t('viewer.withdrawn', { title }))
    for (const survey of now.surveys) {
      const earlier = before.surveys.find(({ id }) => id === survey.id)
      const { title } = survey
      if (isShown(survey) && !(earlier && isShown(earlier))) say(t('viewer.newsResult', { title }))
      else if (isOver(survey) && earlier && !isOver(earlier)) say(t('viewer.newsClosed', { title }))
      else if (survey.state === 'open' && earlier?.state !== 'open') say(t('viewer.newsOpen', { title }))
    }
  })
  watch(picture, (now, before) => {
    if (!now || !before) return
    for (const { title } of withdrawnCheckIns(before, now)) say(t('part.withdrawnCheckIn', { title }))
    for (const { id, title, state } of now.checkins) {
      const earlier = before.checkins.find((other) => other.id === id)?.state
      if (state === 'open' && earlier !== 'open') say(t('part.newsCheckIn', { title }))
      else if (state !== 'open' && earlier === 'open') say(t('part.newsCheckInOver', { title }))
    }
    for (const draw of now.draws) {
      const { id, title, state } = draw
      const earlier = before.draws.find((other) => other.id === id)
      if (earlier?.state === state) continue
      if (state === 'open') say(t('part.newsDraw', { title }))
      else if (isRolling(draw) && !(earlier && isRolling(earlier))) say(t('part.newsRolling', { title }))
      else if (state === 'drawn') say(t('part.newsDrawn', { title }))
      else if (isDone(draw)) say(t('part.newsCancelled', { title }))
    }
  })
  watch(
    () => [picture(), taking.checkins, taking.draws] as const,
    ([now, checkins, draws], [before, beforeCheckins, beforeDraws]) => {
      // what was so when the page came is no news; what a later snapshot brings is
      if (!before) return
      for (const { id, title } of now?.checkins ?? []) if (checkins.has(id) && !beforeCheckins.has(id)) say(t('part.newsCheckedIn', { title }))
      for (const { id, title } of now?.draws ?? []) {
        if (draws.get(id)?.prizes.length && !beforeDraws.get(id)?.prizes.length) say(t('part.newsWon', { title }))
        else if (draws.get(id)?.entered && !beforeDraws.get(id)?.entered) say(t('part.newsIn', { title }))
      }
    },
  )
  watch(sending, (now, before) => {
    for (const [id, { refusal }] of before) {
      const survey = picture()?.surveys.find((other) => other.id === id)
      if (survey && refusal === null && !now.has(id)) say(survey.kind === 'exam' ? t('viewer.newsHandedIn', { title: survey.title }) : t('viewer.newsSaved', { title: survey.title }, survey.questions.length))
    }
  })
  return news
}
