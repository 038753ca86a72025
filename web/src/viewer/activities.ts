/** Which check-ins and draws stand before a viewer who is inside, and where: over the surveys, or under them. They move when something comes or ends, never by what the viewer does. */
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { isDone, isUnderWay, owesForm } from '@/interactions/draw/draw'
import type { Picture } from '@/live/fold'
import type { CheckIn, Draw } from '@/live/protocol'
import type { TakingPartState } from '@/live/taking_part'
import { isPast, keepPlaces, overAt, placeAnew, resultAt, turnOf, type Places } from './part_places'
import { loadPutAway, savePutAway } from './put_away'

export type Activity = { readonly kind: 'checkin'; readonly id: string; readonly checkin: CheckIn } | { readonly kind: 'draw'; readonly id: string; readonly draw: Draw }

interface Activities {
  readonly above: Readonly<Ref<readonly Activity[]>>
  readonly under: Readonly<Ref<readonly Activity[]>>
  /** All else that is over, the newest first. */
  readonly earlier: Readonly<Ref<readonly Activity[]>>
  /** Titles of check-ins that were withdrawn while this page showed them, by id. */
  readonly withdrawn: Readonly<Ref<ReadonlyMap<string, string>>>
  readonly isAnyOpen: Readonly<Ref<boolean>>
  /** Came or ended under the surveys; null once it was looked at. */
  readonly fresh: Ref<string | null>
  mayPutAway(activity: Activity): boolean
  putAway(id: string): void
}

const ofCheckIn = (checkin: CheckIn): Activity => ({ kind: 'checkin', id: checkin.id, checkin })
const ofDraw = (draw: Draw): Activity => ({ kind: 'draw', id: draw.id, draw })
const isOpen = (activity: Activity): boolean => !isPast(activity)

/** When something was opened last: what ended before that makes room for it. */
function latestOpening({ surveys, checkins, draws }: Picture): string {
  return [...surveys, ...checkins, ...draws].reduce((latest, { state, opened_at }) => (state !== 'draft' && (opened_at ?? '') > latest ? (opened_at ?? '') : latest), '')
}

/** What was open and has been taken back. */
export function withdrawnCheckIns(before: Picture | null | undefined, now: Picture | null): CheckIn[] {
  if (!before || before.live_session.id !== now?.live_session.id) return []
  return before.checkins.filter(({ id, state }) => state === 'open' && !now.checkins.some((other) => other.id === id))
}

/** Something is being written in a card. */
const isWriting = (): boolean => document.activeElement?.matches(':is([data-part], [data-survey]) :is(textarea, input:not([type=radio], [type=checkbox]))') ?? false

/** isAnswering: something is half answered. isAsked: a survey waits for an answer. */
export function useActivities(code: string, picture: () => Picture | null, taking: TakingPartState, isAnswering: () => boolean, isAsked: () => boolean): Activities {
  const key = `${code}.activities`
  const away = ref(loadPutAway(key))
  const places = shallowRef<Places>({ order: [], under: new Set() })
  const fresh = ref<string | null>(null)
  const withdrawn = shallowRef<ReadonlyMap<string, string>>(new Map())

  const all = computed<readonly Activity[]>(() => {
    const now = picture()
    if (!now) return []
    const checkins = now.checkins.filter(({ state }) => state === 'open' || state === 'closed' || state === 'settled')
    const draws = now.draws.filter((draw) => isUnderWay(draw) || isDone(draw))
    return [...checkins.map(ofCheckIn), ...draws.map(ofDraw)]
  })
  const over = computed(() => all.value.filter((activity) => !isOpen(activity)).sort((a, b) => overAt(b).localeCompare(overAt(a))))

  /** What ended last of each kind, until it is put away or something newer is opened; a prize that still asks for something stays. */
  const standing = computed(() => {
    const now = picture()
    const opening = now ? latestOpening(now) : ''
    const kept = over.value.filter((activity, index) => {
      if (away.value.includes(activity.id)) return false
      if (activity.kind === 'draw' && owesForm(activity.draw, taking.draws.get(activity.id))) return true
      return over.value.findIndex(({ kind }) => kind === activity.kind) === index && overAt(activity) >= opening
    })
    return [...all.value.filter(isOpen), ...kept]
  })

  watch(
    picture,
    (now, before) => {
      const same = before?.live_session.id === now?.live_session.id
      withdrawn.value = same ? new Map([...withdrawn.value, ...withdrawnCheckIns(before, now).map(({ id, title }) => [id, title] as const)]) : new Map()
    },
    { immediate: true },
  )

  let turn: string | undefined
  let turned: Picture | null = null
  let ends: ReadonlySet<string> = new Set()
  watch(
    () => [picture(), taking.draws, taking.awaiting] as const,
    ([now]) => {
      if (!now) return
      const next = turnOf(now, taking)
      if (next === turn) return
      const before = places.value
      const isFirst = turn === undefined
      const isBusy = !isFirst && (isAnswering() || isWriting())
      const moment = { standing: standing.value, taking, isAsked: isAsked(), resultAt: resultAt(now, turned) }
      places.value = isBusy ? keepPlaces(before, moment.standing) : placeAnew(before, moment)
      const over = moment.standing.filter((activity) => isPast(activity) && !taking.awaiting.has(activity.id)).map(({ id }) => id)
      const news = [...places.value.under].find((id) => (isBusy && !before.order.includes(id)) || (over.includes(id) && !ends.has(id)))
      if (news && !isFirst) fresh.value = news
      else if (fresh.value && !places.value.order.includes(fresh.value)) fresh.value = null
      turn = next
      turned = now
      ends = new Set(over)
    },
    { immediate: true },
  )

  const placed = computed(() => [...standing.value].sort((a, b) => places.value.order.indexOf(a.id) - places.value.order.indexOf(b.id)))

  function putAway(id: string): void {
    withdrawn.value = new Map([...withdrawn.value].filter(([other]) => other !== id))
    away.value = [...away.value.filter((one) => all.value.some((activity) => activity.id === one)), id]
    savePutAway(key, away.value)
    if (fresh.value === id) fresh.value = null
  }

  return {
    above: computed(() => placed.value.filter(({ id }) => !places.value.under.has(id))),
    under: computed(() => placed.value.filter(({ id }) => places.value.under.has(id))),
    earlier: computed(() => over.value.filter((activity) => !standing.value.includes(activity))),
    withdrawn,
    isAnyOpen: computed(() => all.value.some(isOpen)),
    fresh,
    mayPutAway: (activity) => !isOpen(activity),
    putAway,
  }
}
