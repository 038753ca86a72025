/** The whole screen, where the browser lets a page have it: phones' browsers and those inside apps often do not. */
export const canFullscreen = (): boolean => 'requestFullscreen' in document.documentElement && document.fullscreenEnabled

export function toggleFullscreen(): void {
  if (!canFullscreen()) return
  const done = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()
  done.catch(() => undefined) // the browser says itself why not
}
