/** For tests: a survey's card mounted in a page, as a viewer has it before them. */
import { vi } from 'vitest'
import { createApp, h, nextTick, shallowReactive, type App } from 'vue'
import { chooseLanguage, i18n, loadWords } from '@/i18n'
import type { Draft, Sending } from '@/live/answering'
import { answersOf } from '@/live/answers'
import type { Answer, Own, Survey } from '@/live/protocol'
import ViewerCard from '../ViewerCard.vue'

interface Given {
  survey: Survey
  mine?: Own | undefined
  draft?: Draft | undefined
  sending?: Sending | undefined
  viewer?: string
  connected?: boolean
}

export class CardPage {
  readonly changes: Answer[] = []
  submits = 0
  now = Date.parse('2026-01-05T08:00:10Z')
  given: Given = { survey: {} as Survey }
  #app: App | undefined

  static async open(): Promise<CardPage> {
    vi.stubGlobal('matchMedia', () => ({ matches: true }))
    Element.prototype.scrollIntoView = vi.fn()
    document.body.innerHTML = '<div id="app"></div>'
    await loadWords('viewer')
    await chooseLanguage('en')
    return new CardPage()
  }

  async show(start: Given): Promise<void> {
    const given: Given = shallowReactive({ ...start })
    this.given = given
    this.#app = createApp({
      render: () => h(ViewerCard, { connected: given.connected ?? true, now: () => this.now, survey: given.survey, mine: given.mine, draft: given.draft, sending: given.sending, viewer: given.viewer, onChange: (answer: Answer) => this.changes.push(answer), onSubmit: () => this.submits++ }),
    }).use(i18n)
    this.#app.mount('#app')
    await nextTick()
  }

  close(): void {
    this.#app?.unmount()
    vi.unstubAllGlobals()
  }

  all(selector: string): HTMLElement[] {
    return [...document.querySelectorAll<HTMLElement>(selector)]
  }

  find(selector: string): HTMLElement {
    const [found] = this.all(selector)
    if (!found) throw new Error(`there is no ${selector}`)
    return found
  }

  byId(id: string): HTMLElement {
    return this.find(`[data-testid="${id}"]`)
  }

  write(selector: string, value: string): void {
    const field = this.find(selector) as HTMLInputElement
    field.value = value
    field.dispatchEvent(new Event('input'))
  }

  async press(): Promise<void> {
    this.find('form').dispatchEvent(new Event('submit'))
    await nextTick()
    await nextTick()
  }

  async unfold(): Promise<void> {
    const part = this.find('details') as HTMLDetailsElement
    part.open = true
    part.dispatchEvent(new Event('toggle'))
    await nextTick()
  }
}

export const draft = (...answers: Answer[]): Draft => ({ answers: answersOf(answers), saving: 'saved' })

export const submitted = (answers: Answer[], more: Partial<Own> = {}): Own => ({ survey: 'sv_1', submitted: true, answers, answered_at: null, ...more })
