/** Names of those who take part, one after the other, while a draw is being drawn: only for the eye, the outcome is made elsewhere. */
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { scrolling } from '@/ui/motion'
import type { ReadNames } from './screen_winners'

const EVERY_MS = 80

/** '' where there is nothing to show, or the person has asked for less motion. */
export function useRollingNames(rolling: () => boolean, readNames: ReadNames, draw: string): Readonly<Ref<string>> {
  const shown = ref('')
  let timer: ReturnType<typeof setInterval> | undefined
  /** Of the newest beginning: names that come later than its end are nobody's. */
  let turn = 0
  const stop = () => {
    turn += 1
    clearInterval(timer)
    shown.value = ''
  }
  watch(
    rolling,
    async (begins) => {
      stop()
      if (!begins || scrolling() === 'auto') return
      const mine = turn
      const names = await readNames(draw, 'entrants', 1).then((found) => found.map(({ name }) => name).filter(Boolean), () => [])
      let at = 0
      if (names.length > 0 && mine === turn) timer = setInterval(() => (shown.value = names[(at += 1 + Math.floor(Math.random() * names.length)) % names.length] ?? ''), EVERY_MS)
    },
    { immediate: true },
  )
  onScopeDispose(stop)
  return shown
}
