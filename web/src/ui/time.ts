/** Time as people read it. Pure, but for the ticking clock. */
import { onScopeDispose, ref, type Ref } from 'vue'

/** 0:07, 12:30, 1:02:03. Rounds up, so that 0:00 means over. */
export function countdownText(ms: number): string {
  return lengthText(Math.ceil(Math.max(0, ms) / 1000))
}

/** The same for whole seconds that have passed. */
export function lengthText(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

/** A moment in the reader's own zone: the time alone when it is today, else the date too. */
export function momentText(rfc3339: string, language: string, now = new Date()): string {
  const at = new Date(rfc3339)
  const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
  if (at.toDateString() === now.toDateString()) return at.toLocaleTimeString(language, time)
  const year = at.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const)
  return at.toLocaleString(language, { ...year, month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
}

/** The whole moment for those who compare it with others', the name of the zone behind it: some languages' own long form has it in the middle. */
export function zonedText(at: Date, language: string): string {
  const zone = new Intl.DateTimeFormat(language, { timeZoneName: 'short' }).formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  return `${at.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })} ${zone}`
}

/** When something is to begin: hour and minute, and the date when that is not today. */
export function startText(rfc3339: string, language: string, now = new Date()): string {
  const at = new Date(rfc3339)
  const isToday = at.toDateString() === now.toDateString()
  return isToday ? at.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }) : momentText(rfc3339, language, now)
}

export function dateText(rfc3339: string, language: string): string {
  return new Date(rfc3339).toLocaleDateString(language, { year: 'numeric', month: 'short', day: 'numeric' })
}

/** The moment `now` says, read anew every everyMs while the component lives. */
export function useTicking(now: () => number, everyMs: number): Readonly<Ref<number>> {
  const moment = ref(now())
  const timer = setInterval(() => (moment.value = now()), everyMs)
  onScopeDispose(() => clearInterval(timer))
  return moment
}
