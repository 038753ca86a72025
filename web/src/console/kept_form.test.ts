import { expect, test, vi } from 'vitest'
import { nextTick, shallowRef } from 'vue'
import { useKeptForm } from './kept_form'

let written: () => string | null
vi.mock('./unsaved', () => ({ useUnsaved: (now: () => string | null) => (written = now) }))

interface Room {
  readonly title: string
}
const formOf = (room: Room | null) => ({ title: room?.title ?? '' })

async function known(title: string) {
  const found = shallowRef<Room | null>(null)
  const one = useKeptForm(found, formOf)
  found.value = { title }
  await nextTick()
  return { found, ...one }
}

test('what is typed is unsaved until it is what the server keeps', async () => {
  const { found, form, keeping } = await known('Hall')
  expect([form.value, written()]).toEqual([{ title: 'Hall' }, null])

  form.value.title = 'The hall '
  expect(written()).not.toBeNull()
  await keeping(() => Promise.resolve((found.value = { title: 'The hall' })))
  expect([form.value, written()]).toEqual([{ title: 'The hall' }, null])
})

test('what is typed while it is being saved stays, and is unsaved', async () => {
  const { found, form, kept, keeping } = await known('Hall')
  form.value.title = 'The hall'
  await keeping(async () => {
    form.value.title = 'The new hall'
    await nextTick()
    found.value = { title: 'The hall' }
  })

  expect([form.value, kept.value]).toEqual([{ title: 'The new hall' }, { title: 'The hall' }])
  expect(written()).not.toBeNull()
})

test('a refusal leaves what was typed', async () => {
  const { form, keeping } = await known('Hall')
  form.value.title = ''
  await expect(keeping(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
  expect(form.value).toEqual({ title: '' })
  expect(written()).not.toBeNull()
})
