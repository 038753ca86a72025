/** What a browser is called by people, from what it calls itself. Known ones only; the others keep their own first words. */
const BROWSERS: readonly [RegExp, string][] = [
  [/MicroMessenger\//, 'WeChat'],
  [/Edg(?:A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/(?:Firefox|FxiOS)\//, 'Firefox'],
  [/(?:Chrome|CriOS)\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const SYSTEMS: readonly [RegExp, string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
]
const LONGEST = 40

export function browserName(told: string | null): string | null {
  if (!told) return null
  const find = (known: readonly [RegExp, string][]) => known.find(([sign]) => sign.test(told))?.[1]
  const browser = find(BROWSERS)
  if (!browser) return told.slice(0, LONGEST)
  return [browser, find(SYSTEMS)].filter(Boolean).join(' · ')
}
