import { saveFile } from '@/ui/save_file'

/** Fetches a file beside the page: an address that answers with an error does not take the page's place. */
export function download(address: string): void {
  const link = document.createElement('a')
  link.href = address
  link.download = ''
  link.click()
}

/** Saves text this page has made. */
export function saveText(name: string, type: string, text: string): void {
  saveFile(name, new Blob([text], { type }))
}
