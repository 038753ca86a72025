/** Folding of what is one of a list and has counts with a version: check-ins and draws. Pure. */

interface Numbered {
  readonly id: string
  readonly state: string
  /** Of the counts; grows with every change of them. Not told where the counts are not. */
  readonly version?: number
  /** To hosts only. */
  readonly created_at?: string
}

/**
 * Replaces it, or puts it in front; one that was withdrawn is gone. counts: those of its members that tallies tell. Facts are frozen with
 * their event, so the counts of a publication may be older than a tally that overtook it.
 */
export function place<One extends Numbered>(all: readonly One[], one: One, counts: (of: One) => Partial<One>): readonly One[] {
  if (one.state === 'withdrawn') return all.filter(({ id }) => id !== one.id)
  const known = all.find(({ id }) => id === one.id)
  if (!known) return [one, ...all]
  const newest = versionOf(known) > versionOf(one) ? { ...one, ...counts(known), version: known.version } : one
  return all.map((other) => (other.id === one.id ? newest : other))
}

/** The counts of one of them; older ones change nothing. */
export function tell<One extends Numbered>(all: readonly One[], id: string, counts: Partial<One> & { readonly version: number }): readonly One[] {
  return all.map((one) => (one.id === id && counts.version > versionOf(one) ? { ...one, ...counts } : one))
}

/** With what a reply has just told. hears: the news comes, so that what is here is as fresh, and stays; else a draft is replaced. */
export function include<One extends Numbered>(all: readonly One[], one: One, hears: boolean): readonly One[] {
  if (one.state === 'withdrawn') return all
  if (!all.some(({ id }) => id === one.id)) return includeMissing(all, [one])
  return hears ? all : all.map((known) => (known.id === one.id && known.state === 'draft' ? one : known))
}

/** With those of a list of the API, newest first, that a snapshot had no room for, each in its place. What is here stays: the news is fresher. */
export function includeMissing<One extends Numbered>(all: readonly One[], listed: readonly One[]): readonly One[] {
  const missing = listed.filter(({ id, state }) => state !== 'withdrawn' && !all.some((known) => known.id === id))
  return [...missing, ...all].sort((one, other) => (other.created_at ?? '').localeCompare(one.created_at ?? ''))
}

const versionOf = ({ version = -1 }: Numbered): number => version
