/** What stands before a viewer who is inside, from the top down: what is open, the newest result, and what was withdrawn meanwhile. */
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { isOver, isShown } from '@/interactions/survey/survey'
import type { AnsweringState } from '@/live/answering'
import type { Picture } from '@/live/fold'
import type { Survey } from '@/live/protocol'
import { loadPutAway, savePutAway } from './put_away'
import { orderShown } from './shown_order'

/** What is over and what is published later are two things to look at. */
export const resultKey = (survey: Survey): string => (isShown(survey) ? `${survey.id} published` : survey.id)

const closedAt = ({ closed_at, opened_at }: Survey): string => closed_at ?? opened_at ?? ''

/** Keys of results, the newest first. before: as they were; what came since stands in front of it, among itself by when it closed. */
export function newestFirst(before: readonly string[], over: readonly Survey[]): string[] {
  const keys = [...over].sort((a, b) => closedAt(b).localeCompare(closedAt(a))).map(resultKey)
  const stay = before.filter((key) => keys.includes(key))
  return [...keys.filter((key) => !stay.includes(key)), ...stay]
}

/** What was open and has been taken back. A snapshot too may be without a survey: without an old one that is over. */
export function withdrawnSince(before: Picture | null | undefined, now: Picture | null): Survey[] {
  if (!before || before.live_session.id !== now?.live_session.id) return []
  const gone = before.surveys.filter(({ id }) => !now.surveys.some((survey) => survey.id === id))
  return gone.every(({ state }) => state === 'open') ? gone.map((survey) => ({ ...survey, state: 'withdrawn' })) : []
}

interface Standing {
  /** What was withdrawn is among it, in its place and in that state. */
  readonly shown: Readonly<Ref<readonly Survey[]>>
  /** All else that is over, the newest first. */
  readonly earlier: Readonly<Ref<readonly Survey[]>>
  readonly isAnyOpen: Readonly<Ref<boolean>>
  /** Came below what is to be answered; null once it was looked at. */
  readonly below: Ref<string | null>
  /** Something is half answered: nothing may move. */
  isAnswering(): boolean
  /** Something open waits for this viewer's answer. */
  isAsked(): boolean
  mayPutAway(survey: Survey): boolean
  putAway(survey: Survey): void
}

export function useStanding(code: string, picture: () => Picture | null, given: AnsweringState): Standing {
  const ended = computed(() => picture()?.live_session.state === 'ended')
  const surveys = computed(() => picture()?.surveys ?? [])
  const open = computed(() => (ended.value ? [] : surveys.value.filter(({ state }) => state === 'open')))
  const isAnyOpen = computed(() => open.value.length > 0)

  const results = ref<readonly string[]>([])
  const over = computed(() => surveys.value.filter(isOver).sort((a, b) => results.value.indexOf(resultKey(a)) - results.value.indexOf(resultKey(b))))
  const away = ref(loadPutAway(code))
  const result = computed(() => over.value.slice(0, 1).filter((newest) => !isAnyOpen.value || !away.value.includes(resultKey(newest))))
  const withdrawn = shallowRef<readonly Survey[]>([])
  const standing = computed(() => [...withdrawn.value, ...open.value, ...result.value])

  const order = ref<readonly string[]>([])
  const below = ref<string | null>(null)
  const isUnanswered = (id: string) => open.value.some((survey) => survey.id === id) && !given.mine.get(id)?.submitted
  const isHalfAnswered = (id: string) => isUnanswered(id) && (given.drafts.get(id)?.answers.size ?? 0) > 0

  watch(
    picture,
    (now, before) => {
      const stays = !ended.value && before?.live_session.id === now?.live_session.id
      withdrawn.value = stays ? [...withdrawn.value, ...withdrawnSince(before, now)] : []
      results.value = newestFirst(results.value, over.value)
      const known = order.value
      const questions = standing.value.filter((survey) => survey.state === 'open' || known.includes(survey.id)).map(({ id }) => id)
      const opened = orderShown(known, questions, isHalfAnswered)
      // a result that was not here takes no question's place
      const next = orderShown(opened, [...result.value.map(({ id }) => id), ...opened], isUnanswered)
      const fresh = next.find((id) => !known.includes(id))
      if (fresh) below.value = next[0] === fresh ? null : fresh
      else if (below.value && !next.includes(below.value)) below.value = null
      order.value = next
    },
    { immediate: true },
  )

  function putAway(survey: Survey): void {
    if (survey.state === 'withdrawn') {
      withdrawn.value = withdrawn.value.filter(({ id }) => id !== survey.id)
      return
    }
    away.value = [...away.value.filter((key) => results.value.includes(key)), resultKey(survey)]
    savePutAway(code, away.value)
    if (below.value === survey.id) below.value = null
  }

  return {
    shown: computed(() => [...standing.value].sort((a, b) => order.value.indexOf(a.id) - order.value.indexOf(b.id))),
    earlier: computed(() => over.value.filter((survey) => !result.value.includes(survey))),
    isAnyOpen,
    below,
    isAnswering: () => open.value.some(({ id }) => isHalfAnswered(id)),
    isAsked: () => open.value.some(({ id }) => isUnanswered(id)),
    mayPutAway: (survey) => survey.state === 'withdrawn' || (isOver(survey) && isAnyOpen.value),
    putAway,
  }
}
