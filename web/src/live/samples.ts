/** For tests: questions, surveys and snapshots as a server would send them. */
import type { Question, Snapshot, Survey } from './protocol'

export function aQuestion(change: Partial<Question> = {}): Question {
  return {
    id: 'qn_1',
    type: 'choice',
    title: 'Which?',
    picture: null,
    required: false,
    score: 1,
    options: ['one', 'two'],
    pictures: [],
    multiple: false,
    least: 1,
    most: 1,
    scale: 5,
    verify: true,
    ...change,
  }
}

export function aSurvey(change: Partial<Survey> = {}): Survey {
  return {
    id: 'sv_1',
    kind: 'answer_card',
    title: 'Question 1',
    cover: null,
    state: 'open',
    published: false,
    anonymous: false,
    changeable: false,
    shuffle_questions: false,
    shuffle_options: false,
    opened_at: '2026-01-05T08:00:00.000000Z',
    closes_at: null,
    closed_at: null,
    closed_by: null,
    answered: 0,
    version: 0,
    questions: [aQuestion()],
    ...change,
  }
}

export function aSnapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    epoch: 'e1',
    position: 4,
    room: { code: 'abcd2345', title: 'Hall' },
    live_session: { id: 'ls_1', title: 'Monday', state: 'running', started_at: '2026-01-05T08:00:00.000000Z', ended_at: null },
    surveys: [],
    ...change,
  }
}
