/** What a verifier says: named checks, and for one that failed the first fault it found. The page has the sentences. */

export const CHECKS = ['format', 'commitment', 'prizes', 'preferred', 'fingerprint', 'tree', 'order', 'weights', 'chain', 'entropy_rule', 'entropy', 'selection'] as const
export type CheckName = (typeof CHECKS)[number]

/** not_checked: it needs something that another check has found wrong. */
export type CheckState = 'ok' | 'failed' | 'not_checked'

/** code: one of proof.faults in the page's words. */
export interface Fault {
  readonly code: string
  readonly facts: Readonly<Record<string, string | number>>
}

export interface Check<Name extends string = CheckName> {
  readonly name: Name
  readonly state: CheckState
  readonly fault: Fault | null
}

export const faultOf = (code: string, facts: Fault['facts'] = {}): Fault => ({ code, facts })

/** Collects what was found. A check that nothing was said about has not been made. */
export class Report<Name extends string = CheckName> {
  private readonly faults = new Map<Name, Fault>()
  private readonly made = new Set<Name>()

  /** This check was made; it is fine unless a fault is found. */
  make(...names: Name[]): void {
    for (const name of names) this.made.add(name)
  }

  /** Only the first fault of a check is kept: the others often follow from it. */
  fail(name: Name, code: string, facts: Fault['facts'] = {}): void {
    if (!this.faults.has(name)) this.faults.set(name, faultOf(code, facts))
  }

  isFine(...names: Name[]): boolean {
    return names.every((name) => this.made.has(name) && !this.faults.has(name))
  }

  checks(names: readonly Name[]): Check<Name>[] {
    return names.map((name) => {
      const fault = this.faults.get(name) ?? null
      return { name, state: fault ? 'failed' : this.made.has(name) ? 'ok' : 'not_checked', fault }
    })
  }
}
