/** A draw as a host writes it. Pure. */
import type { DrawDraft, EntrantDraft, PrizeDraft } from '@/api/types'
import type { FormField, PrizeType, Who } from '@/live/protocol'
import type { PeopleList } from '../people_list'

export const WHOS: readonly Who[] = ['tap', 'word', 'present', 'checked_in', 'answered', 'answered_right', 'list']
export const PRIZE_TYPES: readonly PrizeType[] = ['physical', 'virtual', 'voucher', 'custom']
export const ASKS: readonly FormField[] = ['name', 'phone', 'address']
export const COUNTDOWNS_S: readonly (number | null)[] = [null, 10, 30, 60, 180]

export const MOST_PRIZES = 50
export const MOST_OF_ONE = 10_000
export const MOST_POINTS = 99_999
export const MOST_PREFERRED = 200
export const MOST_ENTRANTS = 1_000_000
export const LONGEST_COUNTDOWN_S = 86_400

export interface PrizeForm {
  readonly name: string
  readonly count: number | undefined
  readonly type: PrizeType
  readonly custom: 'coupon' | 'points'
  readonly batch: string
  readonly points: number | undefined
  readonly asks: readonly FormField[]
}

export interface PreferredForm {
  readonly prize: number
  /** A viewer's id, vw_…, or the id in the host's own system. */
  readonly person: string
}

export interface DrawForm {
  readonly title: string
  readonly prizes: readonly PrizeForm[]
  readonly who: Who
  readonly word: string
  readonly survey: string
  readonly checkin: string
  readonly list: string
  readonly weighted: boolean
  readonly preferred: readonly PreferredForm[]
  readonly repeatWinners: boolean
  readonly earlierWinners: boolean
  readonly entropy: 'drand' | 'offline'
  readonly countdown: number | 'other' | null
  readonly otherCountdownS: number | undefined
  readonly withList: boolean
}

export const blankPrize = (): PrizeForm => ({ name: '', count: 1, type: 'physical', custom: 'coupon', batch: '', points: undefined, asks: [] })

export const blankDraw = (title: string): DrawForm => ({
  title,
  prizes: [blankPrize()],
  who: 'tap',
  word: '',
  survey: '',
  checkin: '',
  list: '',
  weighted: false,
  preferred: [],
  repeatWinners: false,
  earlierWinners: true,
  entropy: 'drand',
  countdown: null,
  otherCountdownS: undefined,
  withList: false,
})

export const isPoints = ({ type, custom }: PrizeForm): boolean => type === 'custom' && custom === 'points'

/** Fields by their names in the server's refusals: title, prizes[0].name … */
export type DrawProblem = 'needed' | 'count' | 'points' | 'list_wrong' | 'list_long' | 'preferred_many'

export function problemsOf(form: DrawForm, list: PeopleList): ReadonlyMap<string, DrawProblem> {
  const found = new Map<string, DrawProblem>()
  if (!form.title.trim()) found.set('title', 'needed')
  form.prizes.forEach((prize, place) => {
    if (!prize.name.trim()) found.set(`prizes[${place}].name`, 'needed')
    if (!prize.count || prize.count > MOST_OF_ONE) found.set(`prizes[${place}].count`, 'count')
    if (isPoints(prize) && (!prize.points || prize.points > MOST_POINTS)) found.set(`prizes[${place}].points`, 'points')
  })
  if (form.who === 'word' && !form.word.trim()) found.set('word', 'needed')
  if ((form.who === 'answered' || form.who === 'answered_right') && !form.survey) found.set('survey', 'needed')
  if (form.who === 'checked_in' && !form.checkin) found.set('checkin', 'needed')
  if (form.who === 'list') {
    if (list.wrong !== null) found.set('entrants', 'list_wrong')
    else if (list.people.length === 0) found.set('entrants', 'needed')
    else if (list.people.length > MOST_ENTRANTS) found.set('entrants', 'list_long')
  }
  form.preferred.forEach(({ person, prize }, place) => {
    if (!person.trim()) found.set(`preferred[${place}]`, 'needed')
    else if (form.preferred.slice(0, place + 1).filter((other) => other.prize === prize).length > (form.prizes[prize]?.count ?? 0)) found.set(`preferred[${place}]`, 'preferred_many')
  })
  if (form.countdown === 'other' && !form.otherCountdownS) found.set('countdown_s', 'needed')
  return found
}

const personOf = (text: string) => (/^vw_[a-z0-9]+$/.test(text.trim()) ? { viewer: text.trim() } : { external_id: text.trim() })

function prizeOf(prize: PrizeForm): PrizeDraft {
  const points = isPoints(prize) ? { batch: prize.batch.trim(), points: prize.points ?? null } : { batch: '' }
  return { name: prize.name.trim(), count: prize.count ?? 1, type: prize.type, ...(prize.type === 'custom' ? { custom: prize.custom } : {}), ...points, asks: ASKS.filter((field) => prize.asks.includes(field)) }
}

/** Without its list, which goes in portions. */
export function draftOf(form: DrawForm): DrawDraft {
  const { who } = form
  return {
    title: form.title.trim(),
    prizes: form.prizes.map(prizeOf),
    who,
    word: who === 'word' ? form.word.trim() : '',
    ...(who === 'answered' || who === 'answered_right' ? { survey: form.survey } : {}),
    ...(who === 'checked_in' ? { checkin: form.checkin } : {}),
    weighted: who === 'list' && form.weighted,
    preferred: form.preferred.map(({ prize, person }) => ({ prize, ...personOf(person) })),
    repeat_winners: form.repeatWinners,
    earlier_winners: form.earlierWinners,
    entropy: form.entropy,
    countdown_s: form.countdown === 'other' ? (form.otherCountdownS ?? null) : form.countdown,
    with_list: form.withList,
    open: false,
  }
}

const PORTION = 5_000

/** A list in portions that fit into one call. */
export function portionsOf({ people }: PeopleList, weighted: boolean): EntrantDraft[][] {
  const entrants = people.map(({ external_id, name, weight }) => ({ external_id, name, weight: weighted ? weight : 1 }))
  return Array.from({ length: Math.ceil(entrants.length / PORTION) }, (_, at) => entrants.slice(at * PORTION, (at + 1) * PORTION))
}
