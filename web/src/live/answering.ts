/**
 * What one viewer answers in a live session: filling in, saving, submitting, and what other tabs and phones of the same viewer do meanwhile.
 *
 * Promises:
 * - Nothing counts as submitted before the server has said so. A submission is in the store before it is sent, and goes out again under its
 *   id, over reloads and reconnects, until it is answered.
 * - What is on the page = what the server holds, with this page's changes over it. A change is in the store until the server has it.
 * - Of an anonymous survey nothing is saved on the server before it is submitted, and this page forgets the answers with the acknowledgement.
 */
import { shallowReactive } from 'vue'
import { answersOf, given, over, sameAnswer, type Answers } from './answers'
import { commandId } from './command_id'
import type { EntryStore, PendingSubmission } from './entry_store'
import { CommandRefused } from './outbox'
import type { Answer, ClientCommand, Own, Refusal, Survey } from './protocol'

export interface Sending {
  readonly answers: readonly Answer[]
  /** null while it is on its way. */
  readonly refusal: Refusal | null
}

/** here: kept on this device only. saving: on its way to the server. saved: the server has it. */
export type Saving = 'here' | 'saving' | 'saved'

/** What is on the page of a survey that is not submitted, or that is being answered anew. */
export interface Draft {
  readonly answers: Answers
  readonly saving: Saving
}

export interface AnsweringState {
  /** By survey, as everything here: what the server holds. */
  mine: ReadonlyMap<string, Own>
  sending: ReadonlyMap<string, Sending>
  drafts: ReadonlyMap<string, Draft>
}

interface Change {
  readonly answer: Answer
  /** The server has it; it stays in front for a moment more, since news from before it may still be on its way. */
  known: boolean
}

const SAVE_AFTER_MS = 1_000
const IN_FRONT_MS = 5_000

export class Answering {
  readonly state: AnsweringState = shallowReactive<AnsweringState>({ mine: new Map(), sending: new Map(), drafts: new Map() })
  #viewer = ''
  readonly #surveys = new Map<string, Survey>()
  readonly #changes = new Map<string, Map<string, Change>>()
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()
  readonly #moments = new Set<ReturnType<typeof setTimeout>>()
  /** Surveys with a save on its way; true: something was changed since. */
  readonly #saving = new Map<string, boolean>()
  readonly #unsavable = new Set<string>()
  /** Ids of submissions on their way. */
  readonly #owed = new Set<string>()

  constructor(
    private readonly code: string,
    private readonly store: EntryStore,
    private readonly command: (command: ClientCommand, id?: string) => Promise<void>,
    private readonly random: () => number = Math.random,
  ) {}

  stop(): void {
    for (const timer of [...this.#timers.values(), ...this.#moments]) clearTimeout(timer)
  }

  /** Entered, again or for the first time: what the server holds now, and what this device still owes it. */
  began(viewer: string, mine: readonly Own[], surveys: readonly Survey[]): void {
    if (viewer !== this.#viewer) this.#changes.clear()
    this.#viewer = viewer
    this.state.mine = new Map(mine.map((own) => [own.survey, own]))
    this.state.sending = new Map([...this.state.sending].filter(([survey, { refusal }]) => refusal === null || !this.state.mine.get(survey)?.submitted))
    this.follow(surveys)
    for (const [survey, { viewer: whose, answers }] of this.store.parts(this.code, 'changes')) {
      if (whose !== viewer || !this.#takesAnswers(survey)) this.store.keep(this.code, 'changes', survey, null)
      else if (!this.#changes.has(survey)) this.#changes.set(survey, new Map(answers.map((answer) => [answer.question, { answer, known: false }])))
    }
    for (const survey of this.#changes.keys()) this.#saveLater(survey)
    for (const [id, pending] of this.store.parts(this.code, 'pending')) this.#owe(id, pending)
    this.#draw()
  }

  /** The surveys changed: what can no longer be answered is forgotten. */
  follow(surveys: readonly Survey[]): void {
    this.#surveys.clear()
    for (const survey of surveys) this.#surveys.set(survey.id, survey)
    for (const survey of [...this.#changes.keys()]) if (!this.#takesAnswers(survey)) this.#forgetChanges(survey)
    this.#draw()
  }

  /** News of this viewer, from the server. */
  hear(mine: readonly Own[]): void {
    const all = new Map(this.state.mine)
    for (const own of mine) {
      // what was saved before the submission may be told after it
      if (!own.submitted && all.get(own.survey)?.submitted) continue
      all.set(own.survey, own)
    }
    this.state.mine = all
    for (const { survey } of mine) if (!this.#takesAnswers(survey)) this.#forgetChanges(survey)
    this.#draw()
  }

  /** The viewer has filled something in, or emptied it. */
  readonly change = (survey: string, answer: Answer): void => {
    const changes = this.#changes.get(survey) ?? new Map<string, Change>()
    this.#changes.set(survey, changes.set(answer.question, { answer, known: false }))
    this.#unsavable.delete(survey)
    if (this.state.sending.get(survey)?.refusal) this.#setSending(survey, null)
    this.#keepChanges(survey)
    this.#saveLater(survey)
    this.#draw()
  }

  /** Submits what is on the page; its fate shows in state.sending and state.mine. */
  readonly submit = (survey: string): void => {
    const answers = given(this.#filled(survey))
    const id = commandId()
    const pending: PendingSubmission = { viewer: this.#viewer, survey, answers }
    this.store.keep(this.code, 'pending', id, pending)
    void this.#send(id, pending)
  }

  #owe(id: string, pending: PendingSubmission): void {
    const own = this.state.mine.get(pending.survey)
    const done = own?.submitted && !this.#surveys.get(pending.survey)?.changeable
    if (pending.viewer !== this.#viewer || done) this.store.keep(this.code, 'pending', id, null)
    else if (!this.#owed.has(id)) void this.#send(id, pending)
  }

  async #send(id: string, { survey, answers }: PendingSubmission): Promise<void> {
    this.#owed.add(id)
    this.#setSending(survey, { answers, refusal: null })
    try {
      await this.command({ op: 'answer', survey, answers }, id)
      const anonymous = this.#surveys.get(survey)?.anonymous ?? false
      const before = this.state.mine.get(survey)
      this.#setMine({ ...before, survey, submitted: true, answers: anonymous ? [] : answers, answered_at: before?.answered_at ?? null })
      this.#forgetKnown(survey, answers)
      this.#setSending(survey, null)
    } catch (error) {
      if (!(error instanceof CommandRefused)) throw error
      this.#setSending(survey, { answers, refusal: error.refusal })
      // answered on another device or tab: what counts there is shown here
      if (error.refusal.code === 'already_answered') this.readOwn(() => this.#setSending(survey, null))
    } finally {
      this.#owed.delete(id)
      this.store.keep(this.code, 'pending', id, null)
    }
  }

  /** Asks the server for everything it holds of this viewer. */
  readOwn(then: () => void = () => undefined): void {
    void this.command({ op: 'read_own' }).then(then, () => undefined)
  }

  #saveLater(survey: string): void {
    clearTimeout(this.#timers.get(survey))
    if (!this.#savable(survey)) return
    const timer = setTimeout(() => void this.#save(survey), SAVE_AFTER_MS * (0.8 + 0.4 * this.random()))
    this.#timers.set(survey, timer)
  }

  async #save(survey: string): Promise<void> {
    if (this.#saving.has(survey)) return void this.#saving.set(survey, true)
    const waits = [...(this.#changes.get(survey)?.values() ?? [])].some(({ known }) => !known)
    if (!waits || !this.#savable(survey)) return
    const answers = given(this.#filled(survey))
    this.#saving.set(survey, false)
    try {
      await this.command({ op: 'save_draft', survey, answers })
      const own = this.state.mine.get(survey)
      if (!own?.submitted) this.#setMine({ survey, submitted: false, answers, answered_at: null })
      this.#markKnown(survey, answers)
    } catch (error) {
      if (!(error instanceof CommandRefused)) throw error
      this.#unsavable.add(survey) // it is kept here, and said again when it is submitted
    }
    const again = this.#saving.get(survey)
    this.#saving.delete(survey)
    if (again) this.#saveLater(survey)
    this.#draw()
  }

  /** Drafts are kept of what is not submitted, and never of an anonymous survey. */
  #savable(survey: string): boolean {
    return this.#takesAnswers(survey) && !this.#surveys.get(survey)?.anonymous && !this.state.mine.get(survey)?.submitted && !this.#isOnItsWay(survey) && !this.#unsavable.has(survey)
  }

  #isOnItsWay(survey: string): boolean {
    return this.state.sending.get(survey)?.refusal === null
  }

  #takesAnswers(id: string): boolean {
    const survey = this.#surveys.get(id)
    return survey?.state === 'open' && (survey.changeable || !this.state.mine.get(id)?.submitted)
  }

  /** The server has what was sent; what changed meanwhile it has not. */
  #markKnown(survey: string, sent: readonly Answer[]): void {
    const there = answersOf(sent)
    for (const change of this.#changes.get(survey)?.values() ?? []) change.known ||= sameAnswer(change.answer, there.get(change.answer.question))
    this.#keepChanges(survey)
    this.#later(() => this.#forgetKnown(survey), IN_FRONT_MS)
  }

  #later(then: () => void, ms: number): void {
    const timer = setTimeout(() => {
      this.#moments.delete(timer)
      then()
    }, ms)
    this.#moments.add(timer)
  }

  #forgetKnown(survey: string, sent?: readonly Answer[]): void {
    const changes = this.#changes.get(survey)
    if (!changes) return
    const there = sent && answersOf(sent)
    for (const [question, { answer, known }] of changes) if (known || (there && sameAnswer(answer, there.get(question)))) changes.delete(question)
    if (changes.size === 0 || !this.#takesAnswers(survey)) this.#forgetChanges(survey)
    else this.#keepChanges(survey)
    this.#draw()
  }

  #forgetChanges(survey: string): void {
    clearTimeout(this.#timers.get(survey))
    this.#changes.delete(survey)
    this.store.keep(this.code, 'changes', survey, null)
  }

  #keepChanges(survey: string): void {
    const answers = [...(this.#changes.get(survey)?.values() ?? [])].flatMap(({ answer, known }) => (known ? [] : [answer]))
    this.store.keep(this.code, 'changes', survey, answers.length > 0 ? { viewer: this.#viewer, answers } : null)
  }

  #filled(survey: string): Answers {
    const changes = [...(this.#changes.get(survey)?.values() ?? [])]
    return over(answersOf(this.state.mine.get(survey)?.answers ?? []), changes.map(({ answer }) => answer))
  }

  #setMine(own: Own): void {
    this.state.mine = new Map(this.state.mine).set(own.survey, own)
  }

  #setSending(survey: string, sending: Sending | null): void {
    const next = new Map(this.state.sending)
    if (sending) next.set(survey, sending)
    else next.delete(survey)
    this.state.sending = next
    this.#draw()
  }

  /** state.drafts, from everything above. */
  #draw(): void {
    const open = [...this.#surveys.keys()].filter((survey) => this.#takesAnswers(survey) && (this.#changes.has(survey) || this.state.mine.has(survey)))
    this.state.drafts = new Map(open.map((survey) => [survey, { answers: this.#filled(survey), saving: this.#savingOf(survey) }]))
  }

  #savingOf(survey: string): Saving {
    const unsaved = [...(this.#changes.get(survey)?.values() ?? [])].some(({ known }) => !known)
    if (!unsaved) return 'saved'
    return this.#savable(survey) ? 'saving' : 'here'
  }
}
