// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nextTick } from 'vue'
import { aQuestion, aSurvey } from '@/live/samples'
import { CardPage, submitted } from './card_page'

let page: CardPage

beforeEach(async () => void (page = await CardPage.open()))
afterEach(() => page.close())

describe('a result', () => {
  const exam = aSurvey({
    kind: 'exam',
    state: 'closed',
    published: true,
    right_numbers: [{ number: 0, count: 1 }, { number: 1, count: 2 }],
    questions: [
      aQuestion({ score: 2, right_options: [1], counts: [1, 2], answered: 3, right: 2 }),
      aQuestion({ id: 'qn_2', type: 'free_form', options: [], score: 3, answered: 2, right: 0 }),
      aQuestion({ id: 'qn_3', type: 'rating', options: [], score: 0, counts: [0, 0, 0, 1, 1], answered: 2 }),
    ],
  })
  const answers = [{ question: 'qn_1', choices: [1] }, { question: 'qn_2', text: 'my words' }, { question: 'qn_3', rating: 5 }]

  test('of an exam: own points, what is being marked, the spread, and every question', async () => {
    await page.show({ survey: exam, mine: submitted(answers, { result: { right: 1, points: 2, to_mark: 1, marks: [] } }) })

    expect(page.byId('points').textContent).toBe('2')
    expect(page.byId('to-mark').textContent).toContain('1 answer is still being marked')
    expect(page.all('.columns li')).toHaveLength(3)
    expect(page.all('[data-verdict]').map((question) => question.dataset['verdict'])).toEqual(['right', 'marking', 'unjudged'])
    expect(page.find('[data-question=qn_2]').textContent).toContain('my words')
    expect(page.byId('average').textContent).toBe('4.5')
  })

  test('of an exam that is not fully marked says that its figures are so far, whoever looks, until it is settled', async () => {
    await page.show({ survey: exam })
    expect(page.byId('so-far').textContent).toContain('Figures so far: answers are still being marked')

    page.given.survey = { ...exam, state: 'settled' }
    await nextTick()
    expect(page.all('[data-testid=so-far]')).toHaveLength(0)

    page.given.survey = { ...exam, questions: exam.questions.slice(0, 1) }
    await nextTick()
    expect(page.all('[data-testid=so-far]')).toHaveLength(0)
  })

  test('of several questions says of each how many answered it, and of one says it once', async () => {
    await page.show({ survey: exam })
    expect(page.all('[data-testid=question-answered]').map(({ textContent }) => textContent)).toEqual(['3 answered', '2 answered', '2 answered'])

    page.given.survey = aSurvey({ state: 'closed', published: true, questions: exam.questions.slice(0, 1) })
    await nextTick()
    expect(page.all('[data-testid=question-answered]')).toHaveLength(0)
  })

  test('waits for the own points without a jump', async () => {
    await page.show({ survey: exam, mine: submitted(answers) })

    expect(page.find('[role=status]').textContent).toContain('Fetching')
  })

  test('before it is published: handed in, and nothing of the counts', async () => {
    const questions = exam.questions.map((question) => ({ ...question, counts: undefined, right_options: undefined }))
    await page.show({ survey: { ...exam, published: false, right_numbers: undefined, questions }, mine: submitted(answers) })
    await page.unfold()

    expect(page.find('[data-outcome]').textContent).toContain('Handed in')
    expect(page.byId('result').textContent).not.toContain('%')
    expect(page.find('details').textContent).toContain('my words')
  })

  test.each([[1, 'Answer submitted'], [2, 'Answers submitted']])('of %s questions before it is published: %s', async (count, said) => {
    const questions = Array.from({ length: count }, (_, index) => aQuestion({ id: `qn_${index}` }))
    await page.show({ survey: aSurvey({ state: 'closed', questions }), mine: submitted([{ question: 'qn_0', choices: [0] }]) })

    expect(page.find('[data-outcome]').textContent).toContain(said)
  })

  test('of an exam in which nothing can be right: no points are waited for', async () => {
    const asked = [aQuestion({ type: 'rating', options: [], score: 0, counts: [0, 0, 0, 0, 1], answered: 1 }), aQuestion({ id: 'qn_2', type: 'name', options: [], score: 0, answered: 1 })]
    await page.show({ survey: { ...exam, right_numbers: [], questions: asked }, mine: submitted([{ question: 'qn_1', rating: 5 }]) })

    expect(page.all('[role=status]')).toHaveLength(0)
    expect(page.find('[data-outcome]').dataset['outcome']).toBe('unjudged')
  })

  test('of a card keeps the picture of its question', async () => {
    await page.show({ survey: aSurvey({ state: 'closed', published: true, questions: [aQuestion({ picture: '/pictures/pc_1', counts: [1, 0], answered: 1 })] }) })

    expect(page.find('header button img').getAttribute('src')).toBe('/pictures/pc_1')
  })
})
