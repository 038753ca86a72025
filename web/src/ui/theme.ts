/**
 * An account's look. It gives one colour; what is made from it here can be read on every ground of ours, on light and on dark, whatever the
 * colour is.
 */
import { onScopeDispose, watchEffect } from 'vue'
import type { Theme } from '@/live/protocol'

export type { Theme }

export const PLAIN: Theme = { name: '', accent: null, logo: null }

/** What a person acts with: the ground of a button, what stands on it, and the ground under a pointer. */
export interface Shades {
  readonly accent: string
  readonly onAccent: string
  readonly hover: string
}

/** The grounds of tokens.css (a test keeps them equal), the one nearest to a readable accent first. */
export const GROUNDS = {
  light: { sunken: '#ebede7', paper: '#f4f5f1', surface: '#ffffff' },
  dark: { sunken: '#1e2724', surface: '#161e1b', paper: '#0e1412' },
} as const
export type Scheme = keyof typeof GROUNDS

/** WCAG 2.2, 1.4.3. */
export const LEAST_CONTRAST = 4.5

const STEP = 0.02
const HOVER = 0.14

/** The colour itself where it can be read, else the nearest that can: darker on light, lighter on dark. */
export function shadesOf(accent: string, scheme: Scheme): Shades {
  const toward = scheme === 'light' ? '#000000' : '#ffffff'
  const nearest = GROUNDS[scheme].sunken
  let readable = accent.toLowerCase()
  for (let part = STEP; contrast(readable, nearest) < LEAST_CONTRAST; part += STEP) readable = mixed(accent, toward, Math.min(part, 1))
  // further from the grounds than white on light, than black on dark: so what stands on it can be read too
  return { accent: readable, onAccent: scheme === 'light' ? '#ffffff' : '#000000', hover: mixed(readable, toward, HOVER) }
}

export function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = parts(hex).map((value) => (value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function mixed(one: string, other: string, part: number): string {
  const others = parts(other)
  return `#${parts(one).map((value, at) => Math.round(value + ((others[at] ?? 0) - value) * part).toString(16).padStart(2, '0')).join('')}`
}

const parts = (hex: string): number[] => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16))

const NAMES = { accent: 'accent', onAccent: 'on-accent', hover: 'accent-hover' } as const

/** The custom properties tokens.css looks for; empty without a colour of the account's own. */
export function propertiesOf({ accent }: Theme): [name: string, value: string][] {
  if (!accent) return []
  return (['light', 'dark'] as const).flatMap((scheme) => {
    const shades = shadesOf(accent, scheme)
    return (Object.keys(NAMES) as (keyof Shades)[]).map((shade): [string, string] => [`--theme-${NAMES[shade]}-${scheme}`, shades[shade]])
  })
}

/** The whole page wears it, until the component that asked is gone. */
export function useTheme(theme: () => Theme): void {
  const { style } = document.documentElement
  let worn: string[] = []
  const undress = () => {
    for (const name of worn) style.removeProperty(name)
    worn = []
  }
  watchEffect(() => {
    const properties = propertiesOf(theme())
    undress()
    for (const [name, value] of properties) style.setProperty(name, value)
    worn = properties.map(([name]) => name)
  })
  onScopeDispose(undress)
}
