/** Whom a draw's host can choose: people of its list, or else viewers of the live session. */
import { people } from '@/api/people'
import type { Viewer } from '@/api/types'
import type { ListedPerson } from '../people_list'

/** By viewer, vw_…, or by externalId, in the host's own system. A viewer may have both. */
export interface Person {
  readonly viewer?: string
  readonly externalId?: string
  /** '' where none is known. */
  readonly name: string
}

export const MOST_FOUND = 20
const VIEWER_ID = /^vw_[a-z0-9]+$/

/** The id to show beside a name: the host's own, where there is one. */
export const idOf = ({ viewer = '', externalId = '' }: Person): string => externalId || viewer

/** They are the same to the server, as far as a page can tell. */
export const isSame = (one: Person, other: Person): boolean => (one.viewer ? one.viewer === other.viewer : Boolean(one.externalId) && one.externalId === other.externalId)

const ofViewer = ({ id, name, external_id }: Pick<Viewer, 'id' | 'name' | 'external_id'>): Person => ({ viewer: id, name, ...(external_id ? { externalId: external_id } : {}) })
const ofListed = ({ external_id, name }: ListedPerson): Person => ({ externalId: external_id, name })

/** The first of a list with this text in their name or id. */
export function soughtInList(listed: readonly ListedPerson[], text: string): Person[] {
  const wanted = text.trim().toLowerCase()
  const found: Person[] = []
  for (const one of listed) {
    if (found.length === MOST_FOUND) break
    if (`${one.external_id}\n${one.name}`.toLowerCase().includes(wanted)) found.push(ofListed(one))
  }
  return found
}

/** Viewers with this text in their name or id, who is there now first; and, since people may be named before they come, the text itself as an id. */
export async function soughtAmongViewers(liveSession: string, text: string): Promise<Person[]> {
  const wanted = text.trim()
  const { viewers } = await people.viewers(liveSession, wanted, null, MOST_FOUND)
  const found = viewers.map(ofViewer)
  if (VIEWER_ID.test(wanted)) return [{ viewer: wanted, name: '' }]
  const isId = wanted !== '' && !found.some(({ externalId }) => externalId === wanted)
  return isId ? [...found, { externalId: wanted, name: '' }] : found
}
