/** Saves what the page itself has. */

/** Some browsers begin to read it only after the press has been dealt with. */
const READ_WITHIN_MS = 60_000

export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), READ_WITHIN_MS)
}
