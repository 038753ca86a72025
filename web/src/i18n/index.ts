/** The page's language: what the person chose, remembered on this device, else that of the site that frames the page, else the browser's. */
import { createI18n } from 'vue-i18n'
import type { Messages } from './shape'

export const LANGUAGES = { 'zh-CN': '中文', en: 'English' } as const
export type Language = keyof typeof LANGUAGES
/** Who uses the page; each area loads its own words only. */
export type Area = 'viewer' | 'console' | 'proof' | 'screen'

const KEY = 'turnout.language'
const files = import.meta.glob<{ default: Messages }>('./*/{viewer,console,proof,screen}.ts')

export const i18n = createI18n({
  legacy: false,
  locale: firstLanguage(),
  fallbackLocale: false,
  missingWarn: false,
  fallbackWarn: false,
  messages: {},
})

const loaded = new Set<Area>()

function currentLanguage(): Language {
  return i18n.global.locale.value as Language
}

/** Whether the page came in the language it goes on in. */
export const isServedInOwnLanguage = (): boolean => document.documentElement.lang === currentLanguage()

export async function loadWords(area: Area, language: Language = currentLanguage()): Promise<void> {
  loaded.add(area)
  const file = files[`./${language}/${area}.ts`]
  if (!file) throw new Error(`there are no ${language} words for the ${area}`)
  i18n.global.mergeLocaleMessage(language, (await file()).default)
  document.documentElement.lang = currentLanguage()
}

export async function chooseLanguage(language: Language): Promise<void> {
  await Promise.all([...loaded].map((area) => loadWords(area, language)))
  i18n.global.locale.value = language
  document.documentElement.lang = language
  try {
    localStorage.setItem(KEY, language)
  } catch {
    // a browser that keeps nothing asks its own settings again next time
  }
}

function firstLanguage(): Language {
  const wanted = [kept(), new URLSearchParams(location.hash.slice(1)).get('lang'), drawnIn(), ...navigator.languages]
  for (const tag of wanted) {
    if (tag?.toLowerCase().startsWith('zh')) return 'zh-CN'
    if (tag?.toLowerCase().startsWith('en')) return 'en'
  }
  return 'zh-CN'
}

/** Of the form that came with the page: somebody may be typing into it. */
function drawnIn(): string | null {
  return document.getElementById('app')?.hasChildNodes() ? document.documentElement.lang : null
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}
