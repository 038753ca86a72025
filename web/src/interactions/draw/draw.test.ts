import { describe, expect, test } from 'vitest'
import { aDraw } from '@/live/samples'
import { QUICKNET } from '@/proofs/drand'
import { peopleIn } from '../people_list'
import { chainOf, formProblems, owesForm, prizesWon, winnersOf } from './draw'
import { blankDraw, blankPrize, draftOf, formOf, portionsOf, problemsOf, refusedAt, type DrawForm } from './draw_form'
import type { Person } from './people_known'

const NOBODY = peopleIn('')
const form = (change: Partial<DrawForm> = {}): DrawForm => ({ ...blankDraw('Raffle'), prizes: [{ ...blankPrize(), name: 'Bicycle' }], ...change })

describe('a form', () => {
  test('becomes what the server takes, without what belongs to other choices', () => {
    const filled = form({ who: 'word', word: ' go ', survey: 'sv_1', list: '1', weighted: true, countdown: 'other', otherCountdownS: 45, preferred: [{ prize: 0, person: { viewer: 'vw_1abc', externalId: '7', name: 'Ada' } }] })

    expect(draftOf(filled)).toEqual({
      title: 'Raffle',
      prizes: [{ name: 'Bicycle', count: 1, type: 'physical', batch: '', asks: [] }],
      who: 'word',
      word: 'go',
      weighted: false,
      preferred: [{ prize: 0, viewer: 'vw_1abc' }],
      repeat_winners: false,
      earlier_winners: true,
      entropy: 'drand',
      countdown_s: 45,
      with_list: false,
    })
  })

  test('says of points how many, by batch, and of a coupon neither', () => {
    const points = { ...blankPrize(), name: 'Points', type: 'custom' as const, custom: 'points' as const, batch: ' B-1 ', points: 50, asks: ['phone', 'name'] as const }

    expect(draftOf(form({ prizes: [points, { ...points, custom: 'coupon' }] })).prizes).toEqual([
      { name: 'Points', count: 1, type: 'custom', custom: 'points', batch: 'B-1', points: 50, asks: ['name', 'phone'] },
      { name: 'Points', count: 1, type: 'custom', custom: 'coupon', batch: '', asks: ['name', 'phone'] },
    ])
  })

  test('says what is missing, by field', () => {
    const empty = form({ title: '', prizes: [{ ...blankPrize(), count: 0, type: 'custom', custom: 'points' }], who: 'checked_in', preferred: [{ prize: 0, person: null }], countdown: 'other' })

    expect([...problemsOf(empty, NOBODY).keys()]).toEqual(['title', 'prizes[0].name', 'prizes[0].count', 'prizes[0].points', 'checkin', 'preferred[0]', 'countdown_s'])
    expect(problemsOf(form(), NOBODY).size).toBe(0)
    expect(problemsOf(form({ who: 'list' }), NOBODY).get('entrants')).toBe('needed')
    expect(problemsOf(form({ who: 'list' }), peopleIn(',x')).get('entrants')).toBe('list_wrong')
  })

  test('takes no more preferred winners than there are prizes, nobody twice, and on a list only who stands there', () => {
    const [ada, lin] = [{ viewer: 'vw_1', externalId: '1001', name: 'Ada' }, { externalId: '1002', name: 'Lin' }]
    const named = (...people: Person[]) => ({ preferred: people.map((person) => ({ prize: 0, person })) })
    const cups = [{ ...blankPrize(), name: 'Cup', count: 2 }]

    expect(problemsOf(form(named(ada, lin)), NOBODY)).toEqual(new Map([['preferred[1]', 'preferred_many']]))
    expect(problemsOf(form({ prizes: cups, ...named(ada, ada) }), NOBODY)).toEqual(new Map([['preferred[1]', 'preferred_twice']]))
    const listed = form({ who: 'list', prizes: cups, ...named(ada, lin) })
    expect(problemsOf(listed, peopleIn('1001'))).toEqual(new Map([['preferred[1]', 'preferred_not_listed']]))
    expect(draftOf(listed).preferred).toEqual([{ prize: 0, external_id: '1001' }, { prize: 0, external_id: '1002' }])
  })

  test('says of a refusal which field it is about', () => {
    expect(refusedAt('preferred[0].external_id')).toEqual({ field: 'preferred[0]', problem: 'preferred_unknown' })
    expect(refusedAt('preferred[1]')).toEqual({ field: 'preferred[1]', problem: 'preferred_twice' })
    expect(refusedAt('entrants[3].weight')).toEqual({ field: 'entrants', problem: 'list_person', place: 3 })
    expect(refusedAt('prizes')).toEqual({ field: 'prizes[0].count', problem: 'winners_many' })
    expect(refusedAt('prizes[2].batch')).toEqual({ field: 'prizes[2].points', problem: 'refused' })
    expect(refusedAt('title')).toEqual({ field: 'title', problem: 'refused' })
    expect(refusedAt('elsewhere')).toBe(null)
  })

  test('comes back from a draft as it was written', () => {
    const preferred_winners = [{ prize: 0, viewer: null, external_id: '1001' }]
    const draft = aDraw({ state: 'draft', who: 'list', weighted: true, entropy: 'offline', countdown_s: 45, with_list: false, preferred: 1, preferred_winners, entered: 2 })
    const filled = formOf(draft, '1001,Ada,7\n1002,Lin,1', new Map([['1001', 'Ada']]))

    expect(filled).toMatchObject({ title: 'Raffle', who: 'list', weighted: true, kept: 0, countdown: 'other', otherCountdownS: 45, preferred: [{ prize: 0, person: { externalId: '1001', name: 'Ada' } }] })
    expect(problemsOf(filled, peopleIn(filled.list, true)).size).toBe(0)
    expect(draftOf(filled)).toMatchObject({ preferred: [{ prize: 0, external_id: '1001' }], prizes: [{ name: 'Bicycle', count: 1, asks: ['name', 'phone'] }], countdown_s: 45 })
    expect(problemsOf(formOf(draft, null, new Map()), NOBODY).size).toBe(0)
  })

  test('sends a long list in portions', () => {
    const list = peopleIn(Array.from({ length: 5_001 }, (_, at) => `${at},,7`).join('\n'), true)

    expect(portionsOf(list, true).map((portion) => portion.length)).toEqual([5_000, 1])
    expect(portionsOf(list, true)[1]).toEqual([{ external_id: '5000', name: '', weight: 7 }])
    expect(portionsOf(list, false)[1]).toMatchObject([{ weight: 1 }])
  })
})

describe('a draw', () => {
  const prize = { ...aDraw().prizes[0], id: 'pz_1', name: 'Bicycle', count: 3, won: 3, type: 'physical' as const, custom: null, points: null, asks: ['name', 'phone'] as const }
  const drawn = aDraw({ state: 'drawn', prizes: [prize, { ...prize, id: 'pz_2', won: 0, asks: [] }], winners: [{ prize: 'pz_1', name: 'Ada' }, { prize: 'pz_1', name: 'Lin' }] })

  test('has its winners by prize, the first by name', () => {
    expect(winnersOf(drawn)).toMatchObject([{ names: ['Ada', 'Lin'], more: 1 }, { names: [], more: 0 }])
  })

  test('says whose randomness decides it, by the chain its rules promise', () => {
    const promising = (chain: string) => aDraw({ commitment: JSON.stringify({ entropy: { kind: 'drand', chain } }) })

    expect(chainOf(promising(QUICKNET.chain))).toBe('drand')
    expect(chainOf(promising('ab'.repeat(32)))).toBe('private')
  })

  test('asks a winner until it is filled in', () => {
    const own = { draw: 'dr_1', entered: true, code: 'vw_1', prizes: [{ prize: 'pz_1', filled: false }] }

    expect(prizesWon(drawn, own)).toMatchObject([{ id: 'pz_1' }])
    expect(owesForm(drawn, own)).toBe(true)
    expect(owesForm(drawn, { ...own, prizes: [{ prize: 'pz_1', filled: true }] })).toBe(false)
    expect(owesForm(drawn, undefined)).toBe(false)
  })

  test('looks at what a winner has filled in', () => {
    expect([...formProblems(prize, { name: ' ', phone: '123' })]).toEqual([['name', 'invalid_name'], ['phone', 'invalid_mobile']])
    expect(formProblems(prize, { name: 'Ada', phone: '+44 7700 900123' }).size).toBe(0)
    expect([...formProblems({ ...prize, asks: ['address'] }, { address: 'x'.repeat(201) })]).toEqual([['address', 'invalid_address']])
  })
})
