/** The viewers' page as a stranger first sees it, drawn by the build (prerender.js) so that a name can be typed before any of the page's code has come. */
import { createSSRApp } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { chooseLanguage, i18n, loadWords, LANGUAGES, type Language } from '@/i18n'
import ViewerPage from './ViewerPage.vue'

/** What the server puts in the place of these (turnout.server.entry_form). */
const NAME = 'turnout-door-name'
const LOGO = '/turnout-door-logo'

/** Whose mark stands on it. */
const MARKS = { plain: null, name: { name: NAME, logo: null }, logo: { name: NAME, logo: { id: '', url: LOGO } } } as const

/** By language and mark: the inside of the page's #app. */
export async function drawDoors(): Promise<Map<string, string>> {
  const doors = new Map<string, string>()
  await loadWords('viewer')
  for (const language of Object.keys(LANGUAGES) as Language[]) {
    await chooseLanguage(language)
    for (const [mark, theme] of Object.entries(MARKS)) {
      document.head.innerHTML = ''
      if (theme) {
        const told = document.createElement('meta')
        told.name = 'turnout-room'
        told.content = JSON.stringify({ theme: { accent: null, ...theme }, embed: [] })
        document.head.append(told)
      }
      doors.set(`${language}.${mark}`, await renderToString(createSSRApp(ViewerPage, { code: '' }).use(i18n)))
    }
  }
  return doors
}
