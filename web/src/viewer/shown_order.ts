/** In which order open surveys stand, so that nothing moves away under a thumb that is answering. Pure. */

/**
 * before: the ids as they stood. open: those open now, the newest first. answering: whether one of them is being answered: then what is new
 * comes below, else on top.
 */
export function orderShown(before: readonly string[], open: readonly string[], answering: (id: string) => boolean): string[] {
  const stay = before.filter((id) => open.includes(id))
  const fresh = open.filter((id) => !stay.includes(id))
  return stay.some(answering) ? [...stay, ...fresh] : [...fresh, ...stay]
}
