import { createApp, createSSRApp } from 'vue'
import App from './App.vue'
import { i18n, isServedInOwnLanguage } from './i18n'
import { router } from './routes'
import './ui/tokens.css'
import './ui/base.css'

const TRY_AGAIN_MS = 3_000

// After an upgrade the parts of the page that were not loaded yet have other names: a page that asks for an old one starts anew, but not
// while the server cannot be reached, since that would take away what is here.
window.addEventListener('vite:preloadError', () => {
  const reloadIf = ({ ok }: Response) => ok && window.location.reload()
  void fetch(window.location.pathname, { cache: 'no-store' }).then(reloadIf, () => undefined)
})

// The form that the server has written into the page (prerender.js) is taken over as it stands, with what somebody has typed meanwhile. Who
// is known here, or reads another language, gets the page anew.
const page = document.documentElement
const place = document.getElementById('app')
if (page.classList.contains('known') || !isServedInOwnLanguage()) place?.replaceChildren()
page.classList.remove('known')
if (place?.hasChildNodes()) {
  const app = createSSRApp(App).use(i18n).use(router)
  router.isReady().then(() => app.mount(place), startAnewSoon)
} else {
  createApp(App).use(i18n).use(router).mount('#app')
}

/** The form is there, but not what makes its button work: as soon as the server can be reached again the page is loaded again. */
function startAnewSoon(): void {
  const again = () => setTimeout(startAnewSoon, TRY_AGAIN_MS)
  fetch(window.location.pathname, { cache: 'no-store' }).then(({ ok }) => (ok ? window.location.reload() : again()), again)
}
