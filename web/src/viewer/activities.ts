/** Which check-ins and draws stand before a viewer who is inside, and where: over the surveys, or under one that is half answered. */
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { isDone, isUnderWay, owesForm } from '@/interactions/draw/draw'
import type { Picture } from '@/live/fold'
import type { CheckIn, Draw } from '@/live/protocol'
import type { TakingPartState } from '@/live/taking_part'
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
  /** Came under what is being answered; null once it was looked at. */
  readonly fresh: Ref<string | null>
  mayPutAway(activity: Activity): boolean
  putAway(id: string): void
}

const ofCheckIn = (checkin: CheckIn): Activity => ({ kind: 'checkin', id: checkin.id, checkin })
const ofDraw = (draw: Draw): Activity => ({ kind: 'draw', id: draw.id, draw })
const isOpen = (activity: Activity): boolean => (activity.kind === 'checkin' ? activity.checkin.state === 'open' : isUnderWay(activity.draw))
const overAt = (activity: Activity): string => (activity.kind === 'checkin' ? activity.checkin.closed_at : (activity.draw.finished_at ?? activity.draw.closed_at)) ?? ''

/** When something was opened last: what ended before that makes room for it. */
function latestOpening({ surveys, checkins, draws }: Picture): string {
  return [...surveys, ...checkins, ...draws].reduce((latest, { state, opened_at }) => (state !== 'draft' && (opened_at ?? '') > latest ? (opened_at ?? '') : latest), '')
}

/** What was open and has been taken back. */
export function withdrawnCheckIns(before: Picture | null | undefined, now: Picture | null): CheckIn[] {
  if (!before || before.live_session.id !== now?.live_session.id) return []
  return before.checkins.filter(({ id, state }) => state === 'open' && !now.checkins.some((other) => other.id === id))
}

export function useActivities(code: string, picture: () => Picture | null, taking: TakingPartState, isAnswering: () => boolean): Activities {
  const key = `${code}.activities`
  const away = ref(loadPutAway(key))
  const under = ref<ReadonlySet<string>>(new Set())
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
      const shown = standing.value.map(({ id }) => id)
      const known = before ? [...before.checkins, ...before.draws].filter(({ state }) => state !== 'draft').map(({ id }) => id) : shown
      const arrived = shown.filter((id) => !known.includes(id))
      const same = before?.live_session.id === now?.live_session.id
      withdrawn.value = same ? new Map([...withdrawn.value, ...withdrawnCheckIns(before, now).map(({ id, title }) => [id, title] as const)]) : new Map()
      const stays = [...under.value].filter((id) => shown.includes(id))
      const below = isAnswering() ? arrived : []
      under.value = new Set([...stays, ...below])
      if (below[0]) fresh.value = below[0]
      else if (fresh.value && !shown.includes(fresh.value)) fresh.value = null
    },
    { immediate: true },
  )

  function putAway(id: string): void {
    withdrawn.value = new Map([...withdrawn.value].filter(([other]) => other !== id))
    away.value = [...away.value.filter((one) => all.value.some((activity) => activity.id === one)), id]
    savePutAway(key, away.value)
    if (fresh.value === id) fresh.value = null
  }

  return {
    above: computed(() => standing.value.filter(({ id }) => !under.value.has(id))),
    under: computed(() => standing.value.filter(({ id }) => under.value.has(id))),
    earlier: computed(() => over.value.filter((activity) => !standing.value.includes(activity))),
    withdrawn,
    isAnyOpen: computed(() => all.value.some(isOpen)),
    fresh,
    mayPutAway: (activity) => !isOpen(activity),
    putAway,
  }
}
