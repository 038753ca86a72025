/** A draw as a host writes it. Pure. */
import type { DrawEdit, EntrantDraft, PrizeDraft } from '@/api/types'
import type { Draw, FormField, PrizeType, Who } from '@/live/protocol'
import type { PeopleList } from '../people_list'
import { isSame, type Person } from './people_known'

export const WHOS: readonly Who[] = ['tap', 'word', 'present', 'checked_in', 'answered', 'answered_right', 'list']
export const PRIZE_TYPES: readonly PrizeType[] = ['physical', 'virtual', 'voucher', 'custom']
export const ASKS: readonly FormField[] = ['name', 'phone', 'address']
export const COUNTDOWNS_S: readonly (number | null)[] = [null, 10, 30, 60, 180]

export const MOST_PRIZES = 50
export const MOST_OF_ONE = 10_000
export const MOST_POINTS = 99_999
export const MOST_PREFERRED = 200
const MOST_ENTRANTS = 1_000_000
const MOST_WEIGHTED = 50_000
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
  /** null: not chosen yet. */
  readonly person: Person | null
}

export interface DrawForm {
  readonly title: string
  readonly prizes: readonly PrizeForm[]
  readonly who: Who
  readonly word: string
  readonly survey: string
  readonly checkin: string
  readonly list: string
  /** People on the list of the draft that is changed. They stay where list is empty. */
  readonly kept: number
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
  kept: 0,
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

/** How many people its list may have. */
export const mostEntrants = ({ weighted }: DrawForm): number => (weighted ? MOST_WEIGHTED : MOST_ENTRANTS)

/** Fields by their names in the server's refusals: title, prizes[0].name, preferred[0] … */
export type DrawProblem = 'needed' | 'count' | 'points' | 'list_wrong' | 'list_long' | 'preferred_many' | 'preferred_twice' | 'preferred_not_listed'

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
    else if (list.people.length === 0 && form.kept === 0) found.set('entrants', 'needed')
    else if (list.people.length > mostEntrants(form)) found.set('entrants', 'list_long')
  }
  form.preferred.forEach((one, place) => {
    const problem = problemOfPreferred(form, list, one, form.preferred.slice(0, place))
    if (problem) found.set(`preferred[${place}]`, problem)
  })
  if (form.countdown === 'other' && !form.otherCountdownS) found.set('countdown_s', 'needed')
  return found
}

function problemOfPreferred(form: DrawForm, list: PeopleList, { person, prize }: PreferredForm, before: readonly PreferredForm[]): DrawProblem | null {
  const ofThis = before.filter((other) => other.prize === prize)
  if (!person) return 'needed'
  if (form.who === 'list' && !keepsList(form, list) && !list.people.some(({ external_id }) => external_id === person.externalId)) return 'preferred_not_listed'
  if (ofThis.some((other) => other.person && isSame(other.person, person))) return 'preferred_twice'
  return ofThis.length >= (form.prizes[prize]?.count ?? 0) ? 'preferred_many' : null
}

/** What a refusal finds fault with, and what is said beside it. place: of a person on the list, from 0. */
export interface RefusedAt {
  readonly field: string
  readonly problem: 'refused' | 'winners_many' | 'list_person' | 'list_refused' | 'preferred_many' | 'preferred_twice' | 'preferred_unknown'
  readonly place?: number
}

/** field: in the server's words, entrants[3].weight; null: the form has no such field. */
export function refusedAt(field: string): RefusedAt | null {
  const [, name = '', place, part = ''] = /^(\w+)(?:\[(\d+)\])?(?:\.(\w+))?$/.exec(field) ?? []
  if (name === 'entrants') return place === undefined ? { field: name, problem: 'list_refused' } : { field: name, problem: 'list_person', place: Number(place) }
  if (name === 'preferred') {
    const problem = part === 'external_id' || part === 'viewer' ? 'preferred_unknown' : part ? 'refused' : place === undefined ? 'preferred_many' : 'preferred_twice'
    return { field: `preferred[${place ?? 0}]`, problem }
  }
  if (name === 'prizes') {
    if (place === undefined) return { field: 'prizes[0].count', problem: 'winners_many' }
    return { field: `prizes[${place}].${part === 'count' || part === 'points' ? part : part === 'batch' ? 'points' : 'name'}`, problem: 'refused' }
  }
  return ['title', 'word', 'survey', 'checkin', 'countdown_s'].includes(name) ? { field: name, problem: 'refused' } : null
}

/** On a list people stand by the host's own ids, also those who are viewers. */
function personOf({ viewer, externalId }: Person, who: Who): { viewer: string } | { external_id: string } {
  return viewer && who !== 'list' ? { viewer } : { external_id: externalId ?? '' }
}

function prizeOf(prize: PrizeForm): PrizeDraft {
  const points = isPoints(prize) ? { batch: prize.batch.trim(), points: prize.points ?? null } : { batch: '' }
  return { name: prize.name.trim(), count: prize.count ?? 1, type: prize.type, ...(prize.type === 'custom' ? { custom: prize.custom } : {}), ...points, asks: ASKS.filter((field) => prize.asks.includes(field)) }
}

/** The list that the draft has is left as it is. */
export const keepsList = (form: DrawForm, list: PeopleList): boolean => form.kept > 0 && list.people.length === 0

/** A draft as its host wrote it. list: its people as text; null: they stay where they are. names: of viewers, by id, as far as they are known. */
export function formOf(draw: Draw, list: string | null, names: ReadonlyMap<string, string>): DrawForm {
  const countdown = draw.countdown_s ?? null
  const usual = COUNTDOWNS_S.includes(countdown)
  return {
    title: draw.title,
    prizes: draw.prizes.map(({ name, count, type, custom, batch = '', points, asks }) => ({ name, count, type, custom: custom ?? 'coupon', batch, points: points ?? undefined, asks })),
    who: draw.who,
    word: draw.word,
    survey: draw.survey ?? '',
    checkin: draw.checkin ?? '',
    list: list ?? '',
    kept: draw.who === 'list' && list === null ? draw.entered : 0,
    weighted: draw.weighted,
    preferred: (draw.preferred_winners ?? []).map(({ prize, viewer, external_id }) => ({ prize, person: { ...(viewer ? { viewer } : {}), ...(external_id ? { externalId: external_id } : {}), name: names.get(viewer ?? external_id ?? '') ?? '' } })),
    repeatWinners: draw.repeat_winners,
    earlierWinners: draw.earlier_winners,
    entropy: draw.entropy,
    countdown: usual ? countdown : 'other',
    otherCountdownS: usual ? undefined : (countdown ?? undefined),
    withList: draw.with_list ?? false,
  }
}

/** Without its list, which goes in portions. */
export function draftOf(form: DrawForm): DrawEdit {
  const { who } = form
  return {
    title: form.title.trim(),
    prizes: form.prizes.map(prizeOf),
    who,
    word: who === 'word' ? form.word.trim() : '',
    ...(who === 'answered' || who === 'answered_right' ? { survey: form.survey } : {}),
    ...(who === 'checked_in' ? { checkin: form.checkin } : {}),
    weighted: who === 'list' && form.weighted,
    preferred: form.preferred.flatMap(({ prize, person }) => (person ? [{ prize, ...personOf(person, who) }] : [])),
    repeat_winners: form.repeatWinners,
    earlier_winners: form.earlierWinners,
    entropy: form.entropy,
    countdown_s: form.countdown === 'other' ? (form.otherCountdownS ?? null) : form.countdown,
    with_list: form.withList,
  }
}

const PORTION = 5_000

/** A list in portions that fit into one call. */
export function portionsOf({ people }: PeopleList, weighted: boolean): EntrantDraft[][] {
  const entrants = people.map(({ external_id, name, weight }) => ({ external_id, name, weight: weighted ? weight : 1 }))
  return Array.from({ length: Math.ceil(entrants.length / PORTION) }, (_, at) => entrants.slice(at * PORTION, (at + 1) * PORTION))
}
