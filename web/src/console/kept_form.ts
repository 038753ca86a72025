/** A form of settings that the server keeps: filled with what is kept, and not thrown away by a slip of the hand. */
import { computed, nextTick, ref, watch, type Ref } from 'vue'
import { useUnsaved } from './unsaved'

interface KeptForm<Form> {
  readonly form: Ref<Form>
  /** What the server keeps, as a form; as it was given while that is not known. */
  readonly kept: Readonly<Ref<Form>>
  /** Runs what sends the form; what is typed until the answer is there stays. */
  keeping(send: () => Promise<unknown>): Promise<void>
}

/** formOf: of what the server keeps, null while that is not known. */
export function useKeptForm<Kept, Form extends object>(found: Readonly<Ref<Kept | null>>, formOf: (found: Kept | null) => Form): KeptForm<Form> {
  const form = ref(formOf(null)) as Ref<Form>
  const kept = computed(() => formOf(found.value))
  let sent: string | null = null
  const text = () => JSON.stringify(form.value)
  const isChanged = () => text() !== JSON.stringify(kept.value)

  useUnsaved(() => (isChanged() ? text() : null))
  watch(kept, (now) => {
    if (sent === null || text() === sent) form.value = { ...now }
  })

  async function keeping(send: () => Promise<unknown>): Promise<void> {
    sent = text()
    try {
      await send()
      await nextTick()
    } finally {
      sent = null
    }
  }

  return { form, kept, keeping }
}
