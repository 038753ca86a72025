import type zh from '../zh-CN/screen'
import type { SameKeys } from '../shape'
import common from './common'

export default {
  ...common,
  screen: {
    join: 'Scan to join',
    soon: 'It starts soon: scan and wait',
    qr: 'QR code of the viewer page',
    checkedIn: 'checked in',
    checkInOver: 'The check-in has ended',
    tapIn: 'Press “Take part” on your phone',
    sayWord: 'Type this word on your phone: {word}',
    entered: 'taking part',
    committed: 'The rules are public; it starts soon',
    closing: 'Entries have ended. The list is being locked…',
    rolling: 'Drawing…',
    late: 'Waiting for the public random number',
    round: 'Round {round} of drand decides it; it comes out at {time}',
    roundWas: 'Round {round} of drand decides it. It was due at {time}; the winners appear here once it is in.',
    back: 'Back',
    next: 'Next',
    more: 'and {n} more',
    nobody: 'Nobody has won',
    cancelled: 'The draw was cancelled',
    timedOut: 'The draw came to no result',
    proofQr: 'QR code of the page that checks this draw',
    proof: 'Check this draw on your own phone',
  },
} satisfies SameKeys<typeof zh>
