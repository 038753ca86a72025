/** Names of those who take part, one after the other, while a draw is being drawn: only for the eye, the outcome is made elsewhere. */
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { api } from '@/api/client'
import { scrolling } from '@/ui/motion'

const EVERY_MS = 80
const MANY = 500

/** '' where there is nothing to show, or the person has asked for less motion. */
export function useRollingNames(rolling: () => boolean, liveSession: string, draw: string): Readonly<Ref<string>> {
  const shown = ref('')
  let timer: ReturnType<typeof setInterval> | undefined
  const stop = () => {
    clearInterval(timer)
    shown.value = ''
  }
  watch(
    rolling,
    async (begins) => {
      stop()
      if (!begins || scrolling() === 'auto') return
      const names = await api.entrants(liveSession, draw, null, MANY).then(({ entrants }) => entrants.map(({ name, external_id }) => name || external_id || '').filter(Boolean), () => [])
      let at = 0
      if (names.length > 0 && rolling()) timer = setInterval(() => (shown.value = names[(at += 1 + Math.floor(Math.random() * names.length)) % names.length] ?? ''), EVERY_MS)
    },
    { immediate: true },
  )
  onScopeDispose(stop)
  return shown
}
