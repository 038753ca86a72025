/** In which order check-ins and draws stand, and which of them under the surveys: what still asks something of its viewer is first. Pure. */
import { isDone, takesEntries } from '@/interactions/draw/draw'
import { isOver, isShown } from '@/interactions/survey/survey'
import type { Picture } from '@/live/fold'
import type { TakingPartState } from '@/live/taking_part'
import type { Activity } from './activities'

type Taking = Pick<TakingPartState, 'checkins' | 'draws' | 'awaiting'>

export interface Places {
  readonly order: readonly string[]
  readonly under: ReadonlySet<string>
}

export interface Moment {
  /** What stands: what is not over first, then what is, the newest first. */
  readonly standing: readonly Activity[]
  readonly taking: Taking
  /** An open survey waits for this viewer's answer. */
  readonly isAsked: boolean
  /** When the newest survey that is over closed; one that is published only now counts as newer than all else. */
  readonly resultAt: string
}

/** When it ended; empty before. */
export const overAt = (activity: Activity): string => (activity.kind === 'checkin' ? activity.checkin.closed_at : (activity.draw.finished_at ?? activity.draw.closed_at)) ?? ''

/** Something is to be done in it, it says what was won, or it is about to. */
function isWanted({ id, ...activity }: Activity, { checkins, draws, awaiting }: Taking): boolean {
  if (activity.kind === 'checkin') return activity.checkin.state === 'open' && !checkins.has(id)
  const own = draws.get(id)
  if (own?.prizes.some(({ filled }) => !filled) || awaiting.has(id)) return true
  return activity.draw.state === 'open' && takesEntries(activity.draw.who) && !own?.entered
}

export const isPast = (activity: Activity): boolean => (activity.kind === 'checkin' ? activity.checkin.state !== 'open' : isDone(activity.draw))

/** What is wanted goes over the surveys, what is not under one that waits for an answer, and what is past under a newer result. The rest stays. */
export function placeAnew({ under }: Places, { standing, taking, isAsked, resultAt }: Moment): Places {
  const wanted = standing.filter((activity) => isWanted(activity, taking))
  const rest = standing.filter((activity) => !wanted.includes(activity))
  const lower = rest.filter((activity) => isAsked || under.has(activity.id) || (isPast(activity) && overAt(activity) < resultAt))
  return { order: [...wanted, ...rest].map(({ id }) => id), under: new Set(lower.map(({ id }) => id)) }
}

/** Nothing moves, and what is new comes last, under the surveys. */
export function keepPlaces({ order, under }: Places, standing: readonly Activity[]): Places {
  const ids = standing.map(({ id }) => id)
  const fresh = ids.filter((id) => !order.includes(id))
  return { order: [...order.filter((id) => ids.includes(id)), ...fresh], under: new Set([...ids.filter((id) => under.has(id)), ...fresh]) }
}

/** Changes when something comes or ends, or is won; not by what its viewer does. */
export function turnOf({ surveys, checkins, draws }: Picture, { draws: own, awaiting }: Taking): string {
  const states = [...checkins, ...draws].map(({ id, state }) => `${id} ${state} ${own.get(id)?.prizes.length ?? 0} ${awaiting.has(id)}`)
  return [...surveys.map((survey) => `${survey.id} ${survey.state} ${isShown(survey)}`), ...states].join()
}

const LATEST = '~'

/** See Moment.resultAt. */
export function resultAt({ surveys }: Picture, before: Picture | null | undefined): string {
  const isNews = (id: string) => before?.surveys.some((survey) => survey.id === id && !isShown(survey)) ?? false
  return surveys.filter(isOver).reduce((latest, survey) => {
    const at = isShown(survey) && isNews(survey.id) ? LATEST : (survey.closed_at ?? '')
    return at > latest ? at : latest
  }, '')
}
