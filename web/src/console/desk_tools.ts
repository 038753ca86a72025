/** A live session's surveys, check-ins and draws as one list: what runs, what is prepared, what is done, and the one press that moves each. Pure. */
import { isUnderWay } from '@/interactions/draw/draw'
import { isOver } from '@/interactions/survey/survey'
import type { Picture } from '@/live/fold'
import type { CheckIn, Draw, Survey } from '@/live/protocol'

export type Move = 'open' | 'close' | 'publish'
export type Group = 'running' | 'prepared' | 'over'

interface Common {
  readonly id: string
  readonly title: string
  readonly group: Group
  /** What one press does; null: nothing is left to do here. */
  readonly next: Move | null
  /** How many took part, of how many who could; null where that is not known. */
  readonly count: number
  readonly of: number | null
}

export type DeskTool =
  | (Common & { readonly kind: 'survey'; readonly survey: Survey })
  | (Common & { readonly kind: 'checkin'; readonly checkin: CheckIn })
  | (Common & { readonly kind: 'draw'; readonly draw: Draw })

export const GROUPS: readonly Group[] = ['running', 'prepared', 'over']

const groupOf = (isDraft: boolean, isRunning: boolean): Group => (isDraft ? 'prepared' : isRunning ? 'running' : 'over')

function toolOfSurvey(survey: Survey): DeskTool {
  const { id, title, state, answered, expected } = survey
  const next = state === 'draft' ? 'open' : state === 'open' ? 'close' : isOver(survey) && !survey.published ? 'publish' : null
  return { kind: 'survey', survey, id, title, group: groupOf(state === 'draft', state === 'open'), next, count: answered, of: Math.max(expected ?? 0, answered) }
}

function toolOfCheckIn(checkin: CheckIn): DeskTool {
  const { id, title, state, confirmed = 0, expected = 0 } = checkin
  const next = state === 'draft' ? 'open' : state === 'open' ? 'close' : null
  return { kind: 'checkin', checkin, id, title, group: groupOf(state === 'draft', state === 'open'), next, count: confirmed, of: expected }
}

function toolOfDraw(draw: Draw): DeskTool {
  const { id, title, state, entered } = draw
  const next = state === 'draft' || state === 'committed' ? 'open' : state === 'open' ? 'close' : null
  return { kind: 'draw', draw, id, title, group: groupOf(state === 'draft' || state === 'committed', isUnderWay(draw)), next, count: entered, of: null }
}

/** Within a group the newest first. Nothing can be opened or closed once the live session has ended; a result can still be published. */
export function toolsOf({ surveys, checkins, draws, live_session }: Pick<Picture, 'surveys' | 'checkins' | 'draws' | 'live_session'>): DeskTool[] {
  const isRunning = live_session.state === 'running'
  const all = [...surveys.filter(({ state }) => state !== 'withdrawn').map(toolOfSurvey), ...checkins.map(toolOfCheckIn), ...draws.filter(({ state }) => state !== 'cancelled').map(toolOfDraw)]
  const since = (tool: DeskTool): string => {
    const one = tool.kind === 'survey' ? tool.survey : tool.kind === 'checkin' ? tool.checkin : tool.draw
    return one.opened_at ?? one.created_at ?? ''
  }
  return all
    .map((tool) => (isRunning || tool.next === 'publish' ? tool : { ...tool, next: null }))
    .sort((one, other) => GROUPS.indexOf(one.group) - GROUPS.indexOf(other.group) || since(other).localeCompare(since(one)))
}

/** The bars of a survey's first question, as parts of its largest; empty where it has no options. */
export function barsOf({ questions }: Survey): { readonly count: number; readonly part: number; readonly right: boolean }[] {
  const [question] = questions
  const counts = question?.counts ?? []
  const most = Math.max(1, ...counts)
  return counts.map((count, option) => ({ count, part: count / most, right: question?.right_options?.includes(option) ?? false }))
}
