import { expect, test } from 'vitest'
import { blankCard, draftOf, problemsOf, removeOption, setMultiple, toggleRight } from './card_form'

const card = () => ({ ...blankCard('Question 1'), question: ' Which? ', options: ['one ', 'two', 'three'] })

test('a blank card says what is missing, a filled one nothing', () => {
  expect(problemsOf({ ...blankCard(' '), options: ['one', ' '] })).toEqual(['question', 'option-1', 'title'])
  expect(problemsOf(card())).toEqual([])
})

test('removing an option keeps the right ones right', () => {
  const before = { ...card(), multiple: true, right: [0, 2] }

  expect(removeOption(before, 0)).toMatchObject({ options: ['two', 'three'], right: [1] })
  expect(removeOption(before, 1)).toMatchObject({ options: ['one ', 'three'], right: [0, 1] })
})

test('two options are the fewest', () => {
  const two = { ...card(), options: ['one', 'two'] }

  expect(removeOption(two, 0)).toBe(two)
})

test('a single choice has at most one right option', () => {
  const both = toggleRight(toggleRight(setMultiple(card(), true), 2), 0)
  expect(both.right).toEqual([0, 2])

  expect(setMultiple(both, false).right).toEqual([0])
  expect(toggleRight(setMultiple(both, false), 1).right).toEqual([1])
})

test('what is sent is trimmed and complete', () => {
  expect(draftOf({ ...card(), right: [1], limitS: 'other', otherLimitS: 45 })).toEqual({
    kind: 'answer_card',
    title: 'Question 1',
    question: { title: 'Which?', multiple: false, options: ['one', 'two', 'three'], right_options: [1], score: 1 },
    time_limit_s: 45,
    publish_on_close: true,
  })
})
