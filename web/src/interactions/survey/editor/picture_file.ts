/** A picture made fit to be sent: what a phone's camera takes is far larger than a screen needs and than the server accepts. */

export const PICTURE_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif']
export const MOST_MEGABYTES = 2
const MOST_BYTES = MOST_MEGABYTES * 1024 * 1024
const LONGEST_SIDE = 4_096
const SHRUNK_SIDE = 1_600

/** The picture itself where the server takes it as it is, and where nothing can be done about it: then the server says why not. */
export async function fittedPicture(file: File): Promise<Blob> {
  if (!PICTURE_TYPES.includes(file.type) || file.type === 'image/gif') return file
  const bitmap = await createImageBitmap(file).catch(() => null)
  if (!bitmap) return file
  const longest = Math.max(bitmap.width, bitmap.height)
  const fits = !isTooLarge(file) && longest <= LONGEST_SIDE
  const shrunk = fits ? null : await drawn(bitmap, Math.min(1, SHRUNK_SIDE / longest), file.type === 'image/jpeg' ? 'image/jpeg' : 'image/webp')
  bitmap.close()
  return shrunk ?? file
}

/** The server would refuse it. */
export const isTooLarge = ({ size }: Blob): boolean => size > MOST_BYTES

function drawn(bitmap: ImageBitmap, scale: number, type: string): Promise<Blob | null> {
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve) => canvas.toBlob(resolve, type, 0.86))
}
