/** A draw's draft between its form and the server: its list goes, and comes back, in portions. */
import { ApiError } from '@/api/call'
import { api } from '@/api/client'
import type { Draw, EntrantDraft } from '@/api/types'
import type { Draw as LiveDraw } from '@/live/protocol'
import { listText, peopleIn } from '../people_list'
import { draftOf, formOf, keepsList, portionsOf, type DrawForm } from './draw_form'

const PAGE = 500
/** A longer list is not fetched into a text: it stays where it is, until another takes its place. */
const LONGEST_FETCHED = 5_000

/** changed: the draft it replaces; null: a new one. Resolves to the draft as the server holds it. */
export async function keepDraft(liveSession: string, form: DrawForm, changed: string | null): Promise<Draw> {
  const list = peopleIn(form.list, form.weighted)
  const [first = [], ...rest] = form.who === 'list' ? portionsOf(list, form.weighted) : []
  const entrants = form.who === 'list' && !(changed && keepsList(form, list)) ? { entrants: first } : {}
  const draft = { ...draftOf(form), ...entrants }
  const made = changed ? await api.editDraw(liveSession, changed, draft) : await api.createDraw(liveSession, { ...draft, open: false })
  if (rest.length === 0) return made
  try {
    await addAll(liveSession, made.id, rest, first.length)
  } catch (error) {
    // with half of its list it must not be opened by mistake; the next try makes a whole one
    const undone = changed ? api.editDraw(liveSession, changed, { ...draft, entrants: [] }) : api.cancelDraw(liveSession, made.id, '')
    await undone.catch(() => undefined)
    throw error
  }
  return api.draw(liveSession, made.id)
}

async function addAll(liveSession: string, id: string, portions: readonly EntrantDraft[][], before: number): Promise<void> {
  let sent = before
  for (const entrants of portions) {
    try {
      await api.addEntrants(liveSession, id, entrants)
    } catch (error) {
      throw inWholeList(error, sent)
    }
    sent += entrants.length
  }
}

/** A refusal that counts people from the start of the whole list. */
export function inWholeList(error: unknown, before: number): unknown {
  if (!(error instanceof ApiError) || !error.refusal.field) return error
  const field = error.refusal.field.replace(/^entrants\[(\d+)\]/, (_, place: string) => `entrants[${Number(place) + before}]`)
  return new ApiError(error.status, { ...error.refusal, field })
}

export async function formOfDraft(liveSession: string, draw: LiveDraw): Promise<DrawForm> {
  const names = new Map<string, string>()
  let list: string | null = draw.who === 'list' ? null : ''
  if (draw.who === 'list' && draw.entered <= LONGEST_FETCHED) {
    const people = []
    for (let after: string | null = null; ; ) {
      const page = await api.entrants(liveSession, draw.id, after, PAGE)
      people.push(...page.entrants)
      after = page.next
      if (after === null) break
    }
    for (const { viewer, external_id, name } of people) for (const id of [viewer, external_id]) if (id) names.set(id, name)
    list = listText(people, draw.weighted)
  }
  return formOf(draw, list, names)
}
