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
    round: 'Round {round} of drand decides it; it comes out at {time}',
    more: 'and {n} more',
    nobody: 'Nobody has won',
    cancelled: 'The draw was cancelled',
    timedOut: 'The draw came to no result',
    proof: 'Check this draw on your own phone',
  },
} satisfies SameKeys<typeof zh>
