// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import type { Question, QuestionType, Survey } from '@/live/protocol'
import { aQuestion, aSurvey } from '@/live/samples'
import { CardPage, draft, submitted } from './card_page'

let page: CardPage

beforeEach(async () => void (page = await CardPage.open()))
afterEach(() => page.close())

const ask = (type: QuestionType, more: Partial<Question> = {}): Survey => {
  const asks = ['choice', 'true_false', 'picture_choice', 'combined'].includes(type)
  return aSurvey({ kind: 'questionnaire', questions: [aQuestion({ type, options: asks ? ['one', 'two', 'three'] : [], ...more })] })
}

describe('every type takes its answer', () => {
  test.each<QuestionType>(['choice', 'true_false', 'picture_choice', 'combined'])('%s by options', async (type) => {
    await page.show({ survey: ask(type, { pictures: type === 'picture_choice' ? ['/pictures/pc_1', null, null] : [] }) })
    page.byId('option-1').dispatchEvent(new Event('change'))

    expect(page.changes).toEqual([{ question: 'qn_1', choices: [1] }])
    expect(page.all('input[type=radio]')).toHaveLength(3)
  })

  test.each<[QuestionType, string | null]>([
    ['fill_in', null],
    ['free_form', null],
    ['combined', null],
    ['name', null],
    ['mobile', 'tel'],
    ['mail', 'email'],
  ])('%s in words, with the keyboard that fits', async (type, keyboard) => {
    await page.show({ survey: ask(type) })
    page.write('[data-testid=words]', 'because')

    expect(page.changes).toEqual([{ question: 'qn_1', text: 'because' }])
    expect(page.byId('words').getAttribute('inputmode')).toBe(keyboard)
  })

  test('rating by stars, each with its name', async () => {
    await page.show({ survey: ask('rating', { scale: 7 }), draft: draft({ question: 'qn_1', rating: 2 }) })
    page.byId('star-4').dispatchEvent(new Event('change'))

    expect(page.changes).toEqual([{ question: 'qn_1', rating: 4 }])
    expect(page.all('input[type=radio]')).toHaveLength(7)
    expect(page.byId('star-4').getAttribute('aria-label')).toBe('4 stars of 7')
    expect(page.all('.lit')).toHaveLength(2)
  })

  test('words beside options keep the options', async () => {
    await page.show({ survey: ask('combined'), draft: draft({ question: 'qn_1', choices: [2] }) })
    page.write('textarea', 'also')

    expect(page.changes).toEqual([{ question: 'qn_1', choices: [2], text: 'also' }])
  })
})

test('with the most chosen, the others cannot be', async () => {
  await page.show({ survey: ask('choice', { multiple: true, least: 1, most: 2 }), draft: draft({ question: 'qn_1', choices: [0, 1] }) })

  expect((page.byId('option-2') as HTMLInputElement).disabled).toBe(true)
  expect((page.byId('option-0') as HTMLInputElement).disabled).toBe(false)
  expect(page.find('fieldset').textContent).toContain('three')
  expect(page.find('.hint').textContent).toBe('Choose up to 2')
})

test('letters follow the order that is shown, numbers are the original ones', async () => {
  const options = ['a', 'b', 'c', 'd', 'e', 'f']
  await page.show({ survey: aSurvey({ shuffle_options: true, questions: [aQuestion({ options })] }), viewer: 'vw_1' })
  const shown = page.all('.option').map((row) => ({ letter: row.querySelector('.letter')?.textContent, text: options.find((text) => row.querySelector('.text')?.textContent.endsWith(` ${text}`)), number: Number(row.querySelector('input')?.value) }))

  expect(shown.map(({ letter }) => letter)).toEqual(['A', 'B', 'C', 'D', 'E', 'F'])
  expect(shown.map(({ text }) => text)).not.toEqual(options)
  for (const { text, number } of shown) expect(options[number]).toBe(text)
})

describe('a long form', () => {
  const long = aSurvey({
    kind: 'questionnaire',
    title: 'Feedback',
    questions: [aQuestion(), aQuestion({ id: 'qn_2', required: true, type: 'mail', options: [] }), aQuestion({ id: 'qn_3', type: 'rating', options: [] })],
  })

  test('says how far it is and that it is saved', async () => {
    await page.show({ survey: long, draft: draft({ question: 'qn_1', choices: [0] }) })

    expect(page.byId('progress').textContent).toContain('1 of 3 answered')
    expect(page.byId('draft-state').textContent).toContain('Saved automatically')
    expect(page.find('[role=progressbar]').getAttribute('aria-valuenow')).toBe('1')
  })

  test('counts as answered only what can be taken', async () => {
    await page.show({ survey: long, draft: draft({ question: 'qn_1', choices: [0] }, { question: 'qn_2', text: 'a@' }) })
    expect(page.byId('progress').textContent).toContain('1 of 3 answered')
    page.given.draft = draft({ question: 'qn_1', choices: [0] }, { question: 'qn_2', text: 'a@b.c' })
    await nextTick()

    expect(page.byId('progress').textContent).toContain('2 of 3 answered')
  })

  test('that waits for the connection says so above a button of one short word', async () => {
    const answers = [{ question: 'qn_2', text: 'a@b.c' }]
    await page.show({ survey: long, draft: draft(...answers), sending: { answers, refusal: null } })
    expect(page.all('[data-testid=sending-offline]')).toEqual([])
    page.given.connected = false
    await nextTick()

    expect(page.byId('sending-offline').textContent).toContain('are sent by themselves')
    expect(page.byId('submit-answer').textContent.trim()).toBe('Waiting…')
  })

  test('goes to the first answer that is missing instead of being sent', async () => {
    await page.show({ survey: long, draft: draft({ question: 'qn_1', choices: [0] }) })
    expect(page.all('[data-testid=problem]')).toEqual([])
    await page.press()

    expect(page.submits).toBe(0)
    expect(page.byId('problem').textContent).toContain('must be answered')
    expect(document.activeElement).toBe(page.find('[data-question=qn_2] input'))
  })

  test('a mail address that is none is said when its field is left, not while it is written', async () => {
    await page.show({ survey: long, draft: draft({ question: 'qn_2', text: 'a@' }) })
    expect(page.all('[data-testid=problem]')).toEqual([])
    page.find('[data-question=qn_2] input').dispatchEvent(new Event('blur'))
    await nextTick()

    expect(page.byId('problem').textContent).toContain('full email address')
    expect(page.find('[data-question=qn_2] input').getAttribute('aria-describedby')).toBe(page.byId('problem').id)
  })

  test("the server's refusal stands at its question", async () => {
    const answers = [{ question: 'qn_2', text: 'a@b.c' }]
    await page.show({ survey: long, draft: draft(...answers) })
    await page.press()
    expect(page.submits).toBe(1)
    page.given.sending = { answers, refusal: { code: 'invalid_mail', message: 'no', field: 'answers[0].text' } }
    await nextTick()
    await nextTick()

    expect(page.find('[data-question=qn_2] [data-testid=problem]').textContent).toContain('full email address')
    expect(page.all('[data-testid=answer-refused]')).toEqual([])
    expect(document.activeElement).toBe(page.find('[data-question=qn_2] input'))
  })

  test('Enter in one field sends nothing', async () => {
    await page.show({ survey: long })
    const enter = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true })
    page.find('[data-question=qn_2] input').dispatchEvent(enter)

    expect(enter.defaultPrevented).toBe(true)
  })

  test('once it is submitted it says so, and keeps the answers a tap away', async () => {
    await page.show({ survey: long, mine: submitted([{ question: 'qn_2', text: 'a@b.c' }]) })
    await page.unfold()

    expect(page.byId('answer-saved').textContent).toMatch(/Answers submitted.*cannot be changed/)
    expect((page.find('details [data-question=qn_2] input') as HTMLInputElement).value).toBe('a@b.c')
    expect((page.find('details fieldset') as HTMLFieldSetElement).disabled).toBe(true)
    expect(page.all('[data-testid=submit-answer]')).toEqual([])
  })

  test('of an exam is handed in', async () => {
    await page.show({ survey: { ...long, kind: 'exam' }, mine: submitted([{ question: 'qn_2', text: 'a@b.c' }]) })

    expect(page.byId('answer-saved').textContent).toContain('Handed in')
  })

  test('that can be changed waits for a difference', async () => {
    const answers = [{ question: 'qn_2', text: 'a@b.c' }]
    await page.show({ survey: { ...long, changeable: true }, mine: submitted(answers), draft: draft(...answers) })
    expect((page.byId('submit-answer') as HTMLButtonElement).disabled).toBe(true)
    expect(page.byId('answer-saved').textContent).toContain('change it')
    page.given.draft = draft({ question: 'qn_2', text: 'b@b.c' })
    await nextTick()

    expect((page.byId('submit-answer') as HTMLButtonElement).disabled).toBe(false)
    expect(page.byId('submit-answer').textContent).toContain('Submit again')
    expect(page.all('[data-testid=answer-saved]')).toEqual([])
  })
})

test('a choice that stays is told from the other options', async () => {
  await page.show({ survey: aSurvey(), mine: submitted([{ question: 'qn_1', choices: [1] }]) })
  expect(page.all('.row').map((row) => [row.className.includes('dim'), row.textContent.includes('Your choice')])).toEqual([[true, false], [false, true]])

  page.given.survey = aSurvey({ changeable: true })
  await nextTick()
  expect(page.all('.dim')).toEqual([])
})

describe('an anonymous vote', () => {
  const vote = aSurvey({ kind: 'vote', anonymous: true })

  test('says plainly who can see what', async () => {
    await page.show({ survey: vote })

    expect(page.byId('anonymous').textContent).toMatch(/Once it is closed, nobody can tell who chose what, not even the host\..*cannot change/)
  })

  test('forgets the choice with the acknowledgement', async () => {
    await page.show({ survey: vote, mine: submitted([]) })

    expect(page.byId('answer-saved').textContent).toContain('no longer shown')
    expect(page.all('.chosen')).toEqual([])
  })

  test('is never called unanswered once it is closed, since nobody knows', async () => {
    await page.show({ survey: { ...vote, state: 'closed', published: true, questions: [aQuestion({ counts: [1, 3], answered: 4, right_options: [] })] } })

    expect(page.find('[data-outcome]').textContent).toContain('The result is out')
    expect(page.byId('result').textContent).toContain('75%')
  })
})

test('an anonymous card shows what was right, and calls nobody right, wrong or absent', async () => {
  const closed = aSurvey({ anonymous: true, state: 'closed', published: true, questions: [aQuestion({ right_options: [1], counts: [1, 3], answered: 4, right: 3 })] })
  await page.show({ survey: closed })

  expect(page.find('[data-outcome]').dataset['outcome']).toBe('unjudged')
  expect(page.byId('result').textContent).toContain('75%')
  expect(page.byId('question-result').dataset['verdict']).toBe('unjudged')
})

describe('a time limit', () => {
  const limited = aSurvey({ kind: 'exam', opened_at: '2026-01-05T08:00:00Z', closes_at: '2026-01-05T08:01:00Z' })
  const ticking = () => vi.advanceTimersByTimeAsync(250)

  test('hands an exam in just before it is over, once', async () => {
    vi.useFakeTimers()
    await page.show({ survey: limited, draft: draft({ question: 'qn_1', choices: [1] }) })
    page.now = Date.parse('2026-01-05T08:00:50Z')
    await ticking()
    expect(page.submits).toBe(0)
    page.now = Date.parse('2026-01-05T08:00:59Z')
    await ticking()
    await ticking()
    vi.useRealTimers()

    expect(page.submits).toBe(1)
  })

  test('hands nothing else in, and takes nothing after it', async () => {
    vi.useFakeTimers()
    await page.show({ survey: { ...limited, kind: 'questionnaire' }, draft: draft({ question: 'qn_1', choices: [1] }) })
    page.now = Date.parse('2026-01-05T08:00:59Z')
    await ticking()
    page.now = Date.parse('2026-01-05T08:01:01Z')
    await ticking()
    vi.useRealTimers()

    expect(page.submits).toBe(0)
    expect(page.byId('time-up')).toBeTruthy()
    expect((page.find('fieldset') as HTMLFieldSetElement).disabled).toBe(true)
  })
})

test('what is asked of those who fill in is not asked of those who have handed in', async () => {
  const survey = aSurvey({ kind: 'exam', closes_at: '2026-01-05T08:10:00Z', questions: [aQuestion({ required: true }), aQuestion({ id: 'qn_2' })] })
  await page.show({ survey })
  expect(page.find('.facts').textContent).toMatch(/Required.*Submits automatically/)
  page.given.mine = submitted([{ question: 'qn_1', choices: [0] }])
  await nextTick()

  expect(page.find('.facts').textContent).not.toMatch(/Required|Submits automatically/)

  page.given.survey = { ...survey, changeable: true } // it may be changed, by hand
  await nextTick()
  expect(page.find('.facts').textContent).toMatch(/Required/)
  expect(page.find('.facts').textContent).not.toMatch(/Submits automatically/)
})
