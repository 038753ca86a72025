import { expect, test } from 'vitest'
import { ApiError } from '@/api/call'
import { inWholeList } from './drafts'

test('a refused person is counted from the start of the whole list', () => {
  const refusal = { code: 'invalid_input', message: 'no', field: 'entrants[3].weight' }

  expect(inWholeList(new ApiError(400, refusal), 5_000)).toMatchObject({ status: 400, refusal: { field: 'entrants[5003].weight' } })
  expect(inWholeList(new ApiError(409, { code: 'conflict', message: 'no' }), 5_000)).toMatchObject({ refusal: { code: 'conflict' } })
})
