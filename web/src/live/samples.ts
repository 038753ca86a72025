/** For tests: questions, surveys, check-ins, draws and snapshots as a server would send them. */
import { PLAIN } from '@/ui/theme'
import type { Announcement, CheckIn, Draw, Question, Snapshot, Survey } from './protocol'

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
    stream: null,
    theme: PLAIN,
    live_session: { id: 'ls_1', title: 'Monday', state: 'running', started_at: '2026-01-05T08:00:00.000000Z', ended_at: null },
    surveys: [],
    checkins: [],
    draws: [],
    announcements: [],
    ...change,
  }
}

export function anAnnouncement(change: Partial<Announcement> = {}): Announcement {
  return { id: 'an_1', text: 'Soon', made_at: '2026-01-05T08:01:00.000000Z', withdrawn_at: null, ...change }
}

export function aCheckIn(change: Partial<CheckIn> = {}): CheckIn {
  return {
    id: 'ci_1',
    title: 'Morning',
    state: 'open',
    time_limit_s: null,
    show_counts: true,
    opened_at: '2026-01-05T08:00:00.000000Z',
    closes_at: null,
    closed_at: null,
    closed_by: null,
    expected: 4,
    confirmed: 1,
    rate: 25,
    unexpected: 0,
    version: 1,
    ...change,
  }
}

export function aDraw(change: Partial<Draw> = {}): Draw {
  return {
    id: 'dr_1',
    title: 'Raffle',
    state: 'open',
    who: 'tap',
    word: '',
    weighted: false,
    repeat_winners: false,
    earlier_winners: true,
    entropy: 'drand',
    prizes: [{ id: 'pz_1', name: 'Bicycle', count: 1, type: 'physical', custom: null, points: null, asks: ['name', 'phone'], won: 0 }],
    preferred: 0,
    committed_at: '2026-01-05T08:00:00.000000Z',
    opened_at: '2026-01-05T08:00:00.000000Z',
    closes_at: null,
    closed_at: null,
    finished_at: null,
    because: '',
    entered: 0,
    version: 0,
    commitment: '{"entropy":{"kind":"drand","chain":"52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"}}',
    commitment_sha256: 'ab'.repeat(32),
    root: '',
    fingerprint: '',
    published_at: null,
    round: null,
    decided_at: null,
    winners: [],
    proof: null,
    ...change,
  }
}
