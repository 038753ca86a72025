import { createApp, createSSRApp } from 'vue'
import App from './App.vue'
import { i18n, isServedInOwnLanguage } from './i18n'
import { router } from './routes'
import './ui/tokens.css'
import './ui/base.css'

// After an upgrade the parts of the page that were not loaded yet have other names: a page that asks for an old one starts anew, but not
// while the server cannot be reached, since that would take away what is here.
window.addEventListener('vite:preloadError', () => {
  const reloadIf = ({ ok }: Response) => ok && window.location.reload()
  void fetch(window.location.pathname, { cache: 'no-store' }).then(reloadIf, () => undefined)
})

// The door that the server has written into the page (prerender.js) is taken over as it stands, with what somebody has typed meanwhile. Who
// is known here, or reads another language, gets the page anew.
const start = document.documentElement
const place = document.getElementById('app')
if (start.classList.contains('known') || !isServedInOwnLanguage()) place?.replaceChildren()
start.classList.remove('known')
if (place?.hasChildNodes()) {
  const app = createSSRApp(App).use(i18n).use(router)
  void router.isReady().then(() => app.mount(place))
} else {
  createApp(App).use(i18n).use(router).mount('#app')
}
