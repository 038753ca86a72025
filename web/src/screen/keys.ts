/** The keys of a big screen, for a keyboard and for a presenter's clicker, which presses PageUp, PageDown and the full stop. */
import { onScopeDispose } from 'vue'
import { scrolling } from '@/ui/motion'

export type ScreenAction = 'next' | 'previous' | 'pause' | 'other' | 'join' | 'results' | 'fullscreen' | 'black' | 'help' | 'back'

const ACTIONS: Readonly<Record<string, ScreenAction>> = {
  ArrowRight: 'next',
  ArrowDown: 'next',
  PageDown: 'next',
  ArrowLeft: 'previous',
  ArrowUp: 'previous',
  PageUp: 'previous',
  ' ': 'pause',
  n: 'other',
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

const scrolled = '.scrolls'

/** A text that does not fit, once the Tab key has come to it. */
const scrollsItself = ({ key, target }: KeyboardEvent): boolean => (key === 'ArrowDown' || key === 'ArrowUp') && target instanceof Element && target.matches(scrolled)

/** By most of what is seen of it; nothing where everything fits. */
export function scrollText(by: 1 | -1): void {
  const box = document.querySelector(scrolled)
  box?.scrollBy({ top: by * 0.8 * box.clientHeight, behavior: scrolling() })
}

/** While the component lives. A button that has the focus keeps its space bar. */
export function useScreenKeys(act: (action: ScreenAction) => void): void {
  function press(event: KeyboardEvent): void {
    const action = actionOf(event)
    if (!action || event.defaultPrevented) return
    if (scrollsItself(event)) return
    if (action === 'pause' && event.target instanceof HTMLButtonElement) return
    event.preventDefault()
    act(action)
  }
  addEventListener('keydown', press)
  onScopeDispose(() => removeEventListener('keydown', press))
}
