import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/call'
import type { SurveyDraft } from '@/api/types'
import { aSurvey } from '@/live/samples'
import { editAsSeen, moveAsSeen } from './as_seen'

const api = vi.hoisted(() => ({ moveSurvey: vi.fn(), editSurvey: vi.fn(), survey: vi.fn() }))
vi.mock('@/api/client', async () => ({ api, ApiError: (await import('@/api/call')).ApiError }))

const seen = aSurvey({ state: 'draft', revision: 2 })
const now = aSurvey({ state: 'draft', revision: 3 })
const refused = (code: string) => new ApiError(409, { code, message: '' })
const draft = { title: 'mine' } as SurveyDraft

beforeEach(() => {
  vi.resetAllMocks()
  api.survey.mockResolvedValue(now)
})

test('what another has changed is neither opened nor written over: it is read again, and the refusal is told', async () => {
  const told: unknown[] = []
  api.moveSurvey.mockRejectedValue(refused('draft_changed'))
  api.editSurvey.mockRejectedValue(refused('draft_changed'))
  await expect(moveAsSeen('ls_1', seen, 'open', (one) => told.push(one))).rejects.toMatchObject({ refusal: { code: 'draft_changed' } })
  await expect(editAsSeen('ls_1', 'sv_1', draft, 2, (one) => told.push(one))).rejects.toMatchObject({ refusal: { code: 'draft_changed' } })

  expect(told).toEqual([now, now])
  expect(api.moveSurvey).toHaveBeenCalledWith('ls_1', 'sv_1', 'open', 2)
  expect(api.editSurvey).toHaveBeenCalledWith('ls_1', 'sv_1', draft, 2)
})

test('any other refusal is told as it is, also where the draft cannot be read', async () => {
  const told: unknown[] = []
  api.moveSurvey.mockRejectedValue(refused('wrong_state'))
  await expect(moveAsSeen('ls_1', seen, 'close', (one) => told.push(one))).rejects.toMatchObject({ refusal: { code: 'wrong_state' } })
  expect(api.survey).not.toHaveBeenCalled()
  expect(api.moveSurvey).toHaveBeenCalledWith('ls_1', 'sv_1', 'close', undefined)
  api.editSurvey.mockRejectedValue(refused('draft_changed'))
  api.survey.mockRejectedValue(refused('not_found'))
  await expect(editAsSeen('ls_1', 'sv_1', draft, 2, (one) => told.push(one))).rejects.toMatchObject({ refusal: { code: 'draft_changed' } })

  expect(told).toEqual([])
})
