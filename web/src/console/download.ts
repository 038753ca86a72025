/** Fetches a file beside the page: an address that answers with an error does not take the page's place. */
export function download(address: string): void {
  const link = document.createElement('a')
  link.href = address
  link.download = ''
  link.click()
}
