/** A list whose entries are moved by dragging their grips. Buttons beside them do the same for keys and thumbs, which cannot drag. */
import { ref } from 'vue'

export function useDragging(move: (from: number, to: number) => void) {
  /** The entry that is being dragged, and the one it would be dropped on. */
  const from = ref<number | null>(null)
  const over = ref<number | null>(null)

  function end(): void {
    from.value = over.value = null
  }

  const grip = (index: number) => ({
    draggable: true,
    onDragstart(event: DragEvent): void {
      from.value = index
      const row = (event.target as HTMLElement).closest('li')
      if (row) event.dataTransfer?.setDragImage(row, 12, 12)
      event.dataTransfer?.setData('text/plain', '') // without it Firefox starts no drag
    },
    onDragend: end,
  })

  const place = (index: number) => ({
    onDragover(event: DragEvent): void {
      if (from.value === null) return
      event.preventDefault()
      over.value = index
    },
    onDrop(event: DragEvent): void {
      if (from.value === null) return
      event.preventDefault()
      if (from.value !== index) move(from.value, index)
      end()
    },
  })

  return { from, over, grip, place }
}
