import { expect, test } from 'vitest'
import { csvText, listText, peopleIn } from './people_list'

test('a line a person: an id, or an id and a name, with whatever separates them', () => {
  expect(peopleIn('1001\n1002,林晓\r\n\n 1003 ,"Ada, Countess"').people).toEqual([
    { external_id: '1001', name: '', weight: 1 },
    { external_id: '1002', name: '林晓', weight: 1 },
    { external_id: '1003', name: 'Ada, Countess', weight: 1 },
  ])
  expect(peopleIn('1001\tAda\n1002\tLin').people).toMatchObject([{ name: 'Ada' }, { name: 'Lin' }])
})

test('a head line is passed over, and so is who stands there twice', () => {
  expect(peopleIn('学号,姓名\n1001,林晓\n1001,林晓')).toMatchObject({ people: [{ external_id: '1001' }], repeated: 1, wrong: null })
})

test('weights are read where they count, and a wrong one is named by its line', () => {
  expect(peopleIn('1001,Ada,3\n1002,Lin', true).people).toMatchObject([{ weight: 3 }, { weight: 1 }])
  expect(peopleIn('1001,Ada,3').people).toMatchObject([{ weight: 1 }])
  expect(peopleIn('1001,Ada,3\n1002,Lin,-1', true).wrong).toBe(2)
  expect(peopleIn('1001,Ada,1.5', true).wrong).toBe(1)
  expect(peopleIn(',Ada').wrong).toBe(1)
})

test('a file carries no formula into a spreadsheet', () => {
  expect(csvText([['name', 'id'], ['=1+1', '+86'], ['a "b"', 'x,y']])).toBe('\uFEFFname,id\r\n\'=1+1,\'+86\r\n"a ""b""","x,y"\r\n')
})

test('a list becomes the text it can be read from', () => {
  const people = [{ external_id: '1001', name: 'Lee, "Ada"', weight: 7 }, { external_id: '1002', name: '', weight: 1 }]

  expect(peopleIn(listText(people, true) ?? '', true).people).toEqual(people)
  expect(peopleIn(listText(people) ?? '').people.map(({ name }) => name)).toEqual(['Lee, "Ada"', ''])
  expect(listText([{ external_id: null, name: 'Ada' }])).toBe(null)
})
