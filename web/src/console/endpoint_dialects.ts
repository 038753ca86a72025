/** What an endpoint's form must know of the formats callbacks come in. */

export interface DialectForm {
  readonly name: string
  /** It signs in any case: without a secret of the customer's, the server makes one. */
  readonly signs: boolean
  /** A receiver may fetch what is due to it, instead of being called. */
  readonly feeds: boolean
  /** Kinds of events it has a message for. */
  readonly kinds: readonly string[]
  /** Its switches, each off at first. */
  readonly switches: readonly string[]
  /** How long it waits for a reply, and between attempts, unless the endpoint says otherwise. */
  readonly timeoutS: number
  readonly waitsS: readonly number[]
}

export const DIALECTS: readonly DialectForm[] = [
  {
    name: 'native',
    signs: true,
    feeds: true,
    kinds: [
      'live_session.started',
      'live_session.ended',
      'survey.opened',
      'survey.closed',
      'survey.published',
      'survey.settled',
      'survey.withdrawn',
      'checkin.opened',
      'checkin.closed',
      'checkin.withdrawn',
      'draw.committed',
      'draw.opened',
      'draw.closed',
      'draw.drawn',
      'draw.prize_drawn',
      'draw.cancelled',
      'draw.timed_out',
      'viewer.kicked',
      'viewer.blocked',
      'viewer.unblocked',
      'callback_endpoint.disabled',
    ],
    switches: [],
    timeoutS: 20,
    waitsS: [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400],
  },
  {
    name: 'quanshi',
    signs: false,
    feeds: false,
    kinds: [
      'survey.opened',
      'survey.closed',
      'survey.settled',
      'survey.withdrawn',
      'checkin.opened',
      'checkin.closed',
      'checkin.withdrawn',
      'draw.opened',
      'draw.prize_drawn',
      'draw.cancelled',
      'draw.timed_out',
    ],
    switches: ['repeat_end_on_settle', 'legacy_type_key'],
    timeoutS: 5,
    waitsS: [5, 15, 60, 300, 900],
  },
  {
    name: 'volcengine',
    signs: true,
    feeds: false,
    kinds: ['draw.prize_drawn'],
    switches: ['any_response_succeeds', 'mask_phone'],
    timeoutS: 5,
    waitsS: [5, 5],
  },
]

/** undefined: one this page knows nothing of. */
export const dialectOf = (name: string): DialectForm | undefined => DIALECTS.find((dialect) => dialect.name === name)
