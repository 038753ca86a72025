/** What a host is writing on one tab of a live session: it stays while the host looks at something else, and no slip of the hand loses it. */
import { ElMessage } from 'element-plus'
import { computed, ref, type ComputedRef, type Ref } from 'vue'
import { ApiError } from '@/api/call'
import { useUnsaved } from './unsaved'
import { useErrorText } from '@/ui/words'
import 'element-plus/theme-chalk/el-message.css'

/** The drafts as the news has them; text: of one, as far as its form shows it. */
interface Drafts<Draft> {
  readonly all: () => readonly Draft[]
  readonly text: (draft: Draft) => string
}

interface Writing<Form, Draft> {
  readonly form: Ref<Form | null>
  /** The draft it changes; null: a new one. */
  readonly changed: Ref<string | null>
  /** Whether the tab shows it now. */
  readonly writing: Ref<boolean>
  /** Another host has changed that draft since: what is saved takes its place. */
  readonly changedMeanwhile: ComputedRef<boolean>
  /** Goes on with what is there, else with this. */
  begin(blank: () => Form): void
  /** Of this draft. It may have to be fetched; what cannot be is said. */
  edit(id: string, formOf: () => Form | Promise<Form>): Promise<void>
  /** Looks at something else. */
  leave(): void
  discard(): Promise<void>
  /** To be called before it is saved. */
  saving(): Saving<Draft>
}

/** What is being saved; something else may be being written when the server has answered. */
interface Saving<Draft> {
  /** Nothing else has been taken up since. */
  isStillWritten(): boolean
  /** The reply to changing the draft. Where that is none any more, since another host has opened it, the next try makes a new one. */
  edited<One extends Draft>(reply: Promise<One>): Promise<One>
  /** It is kept as this draft, which the next try changes instead of making another. */
  keptAs(id: string): void
  /**
   * It is done with, unless more was typed since it was sent and there is a draft to go on with. draft: what it is kept as; null: it is open.
   * true: nothing else is being written.
   */
  done(draft: string | null): boolean
}

/** textOf: of a form, as far as it matters whether that was changed. drafts: where the server does not refuse what would be written over another's. */
export function useWriting<Form extends object, Draft extends { readonly id: string } = { readonly id: string }>(liveSession: () => string, textOf: (form: Form) => string = JSON.stringify, drafts?: Drafts<Draft>): Writing<Form, Draft> {
  const errorText = useErrorText()
  const form = ref(null) as Ref<Form | null>
  const changed = ref<string | null>(null)
  const writing = ref(false)
  /** Of what is being written, and of what was asked for last. */
  let turn = 0
  let asked = 0
  /** Of the draft, when it was taken up or saved last. */
  const taken = ref<string | null>(null)
  const draftText = (id: string | null): string | null => {
    const draft = drafts?.all().find((one) => one.id === id)
    return drafts && draft ? drafts.text(draft) : null
  }
  const changedMeanwhile = computed(() => {
    const now = form.value && draftText(changed.value)
    return now !== null && now !== taken.value
  })
  const unsaved = useUnsaved(
    () => form.value && textOf(form.value),
    ({ name, params }) => name === 'live' && params['liveSession'] === liveSession(),
  )

  function take(id: string | null, written: Form, text: string | null = null): void {
    turn += 1
    form.value = written
    changed.value = id
    taken.value = text
    unsaved.settle()
  }

  function begin(blank: () => Form): void {
    asked += 1
    if (!form.value) take(null, blank())
    writing.value = true
  }

  async function edit(id: string, formOf: () => Form | Promise<Form>): Promise<void> {
    const mine = ++asked
    if (!form.value || changed.value !== id || !unsaved.isUnsaved()) {
      if (!(await unsaved.mayLose())) return
      try {
        const text = draftText(id)
        const written = await formOf()
        if (mine !== asked) return // something else was chosen meanwhile
        take(id, written, text)
      } catch (error) {
        ElMessage({ message: errorText(error), type: 'error' })
        return
      }
    }
    writing.value = true
  }

  function leave(): void {
    asked += 1
    writing.value = false
    if (!unsaved.isUnsaved()) form.value = null // the draft may be another's to change: whoever comes back is shown it as it is then
  }

  async function discard(): Promise<void> {
    if (!(await unsaved.mayLose())) return
    form.value = null
    leave()
  }

  function saving(): Saving<Draft> {
    const mine = turn
    const sent = form.value && textOf(form.value)
    return {
      isStillWritten: () => mine === turn && form.value !== null,
      edited: (reply) =>
        reply.then(
          (draft) => {
            if (mine === turn && drafts) taken.value = drafts.text(draft)
            return draft
          },
          (error: unknown) => {
            if (mine === turn && error instanceof ApiError && error.refusal.code === 'not_a_draft') changed.value = null
            throw error
          },
        ),
      keptAs: (id) => {
        if (mine === turn) changed.value = id
      },
      done: (draft) => {
        if (mine !== turn) return false
        if (draft !== null && form.value && textOf(form.value) !== sent) {
          changed.value = draft
          return false
        }
        form.value = null
        leave()
        return true
      },
    }
  }

  return { form, changed, writing, changedMeanwhile, begin, edit, leave, discard, saving }
}
