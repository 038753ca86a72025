/** The network that is gone before the line has noticed: browsers say so at once. */
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import type { Link } from '@/live/socket'

const BLINK_MS = 300
/** By then the line has answered or is lost: that is believed more than the browser, for which a server on this device is away too. */
const LINE_KNOWS_MS = 15_000

interface Cut {
  /** The browser has just said that the network is gone, and the line does not know yet. */
  readonly cut: Readonly<Ref<boolean>>
  /** What the browser says, whatever the line knows. */
  readonly offline: Readonly<Ref<boolean>>
}

export function useCut(link: () => Link): Cut {
  const offline = ref(!navigator.onLine)
  const cut = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  function holds(): void {
    clearTimeout(timer)
    cut.value = false
  }
  watch(
    link,
    (now) => {
      offline.value = !navigator.onLine
      if (now === 'up') holds()
    },
    { immediate: true },
  )
  const back = () => {
    offline.value = false
    holds()
  }
  const gone = () => {
    offline.value = true
    clearTimeout(timer)
    timer = setTimeout(() => {
      cut.value = true
      timer = setTimeout(holds, LINE_KNOWS_MS)
    }, BLINK_MS)
  }
  window.addEventListener('online', back)
  window.addEventListener('offline', gone)
  onScopeDispose(() => {
    clearTimeout(timer)
    window.removeEventListener('online', back)
    window.removeEventListener('offline', gone)
  })
  return { cut, offline }
}
