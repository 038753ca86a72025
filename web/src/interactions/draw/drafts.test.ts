import { expect, test, vi } from 'vitest'
import { ApiError } from '@/api/call'
import { api } from '@/api/client'
import type { Draw } from '@/api/types'
import { blankDraw } from './draw_form'
import { inWholeList, keepDraft } from './drafts'

test('a refused person is counted from the start of the whole list', () => {
  const refusal = { code: 'invalid_input', message: 'no', field: 'entrants[3].weight' }

  expect(inWholeList(new ApiError(400, refusal), 5_000)).toMatchObject({ status: 400, refusal: { field: 'entrants[5003].weight' } })
  expect(inWholeList(new ApiError(409, { code: 'conflict', message: 'no' }), 5_000)).toMatchObject({ refusal: { code: 'conflict' } })
})

test.each([
  ['a new draft is cancelled', null],
  ['the list of one that stood is emptied', 'dr_1'],
])('when a long list breaks off, %s: half of a list is never opened', async (_, changed) => {
  const draft = { id: 'dr_1' } as Draw
  const broken = new ApiError(503, { code: 'overloaded', message: 'later' })
  const edit = vi.spyOn(api, 'editDraw').mockResolvedValue(draft)
  const cancel = vi.spyOn(api, 'cancelDraw').mockResolvedValue(draft)
  vi.spyOn(api, 'createDraw').mockResolvedValue(draft)
  vi.spyOn(api, 'addEntrants').mockRejectedValue(broken)
  const form = { ...blankDraw('Bicycles'), who: 'list' as const, list: Array.from({ length: 6_000 }, (_, n) => `person${n}`).join('\n') }

  await expect(keepDraft('ls_1', form, changed)).rejects.toBe(broken)

  if (changed) expect(edit).toHaveBeenLastCalledWith('ls_1', changed, expect.objectContaining({ entrants: [] }))
  else expect(cancel).toHaveBeenCalledWith('ls_1', 'dr_1', '')
})
