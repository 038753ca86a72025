/** A test call: sent by the server like any other callback, and then found among the deliveries. */
import { ElMessage } from 'element-plus'
import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { api } from '@/api/client'
import { useTask } from './task'
import 'element-plus/theme-chalk/el-message.css'

const TESTED = 'callback_endpoint.tested'
const LOOKS = 20
const LOOK_MS = 250

interface Testing {
  /** The endpoint that is being tried. */
  readonly trying: Ref<string | null>
  readonly error: Ref<unknown>
  /** The delivery with the call; null when it could not be made, or is not there yet. */
  run(endpoint: string): Promise<string | null>
}

export function useTesting(): Testing {
  const { t } = useI18n()
  const task = useTask()
  const trying = ref<string | null>(null)

  async function run(endpoint: string): Promise<string | null> {
    if (trying.value) return null
    const found = ref<string | null>(null)
    trying.value = endpoint
    const worked = await task.run(async () => (found.value = await tryOut(endpoint)))
    trying.value = null
    if (worked && !found.value) ElMessage({ message: t('endpoints.testQueued'), type: 'success' })
    return found.value
  }

  return { trying, error: task.error, run }
}

async function tryOut(endpoint: string): Promise<string | null> {
  const { number } = await api.testEndpoint(endpoint)
  for (let look = 0; look < LOOKS; look++) {
    const { deliveries } = await api.deliveries({ endpoint, kind: TESTED }, null, 20)
    const found = deliveries.find(({ event }) => event.number === number)
    if (found) return found.id
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  return null
}
