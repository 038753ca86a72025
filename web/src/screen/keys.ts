/** The keys of a big screen, for a keyboard and for a presenter's clicker, which presses PageUp, PageDown and the full stop. */
import { onScopeDispose } from 'vue'

export type ScreenAction = 'next' | 'previous' | 'pause' | 'join' | 'results' | 'fullscreen' | 'black' | 'help' | 'back'

const ACTIONS: Readonly<Record<string, ScreenAction>> = {
  ArrowRight: 'next',
  ArrowDown: 'next',
  PageDown: 'next',
  ArrowLeft: 'previous',
  ArrowUp: 'previous',
  PageUp: 'previous',
  ' ': 'pause',
  q: 'join',
  r: 'results',
  f: 'fullscreen',
  b: 'black',
  '.': 'black',
  '?': 'help',
  '？': 'help', // a Chinese keyboard's
  Escape: 'back',
}

export function actionOf({ key, altKey, ctrlKey, metaKey }: KeyboardEvent): ScreenAction | null {
  if (altKey || ctrlKey || metaKey) return null
  return ACTIONS[key.length === 1 ? key.toLowerCase() : key] ?? null
}

/** While the component lives. A button that has the focus keeps its space bar. */
export function useScreenKeys(act: (action: ScreenAction) => void): void {
  function press(event: KeyboardEvent): void {
    const action = actionOf(event)
    if (!action || event.defaultPrevented) return
    if (action === 'pause' && event.target instanceof HTMLButtonElement) return
    event.preventDefault()
    act(action)
  }
  addEventListener('keydown', press)
  onScopeDispose(() => removeEventListener('keydown', press))
}
