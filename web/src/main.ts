import { createApp } from 'vue'
import App from './App.vue'
import { i18n } from './i18n'
import { router } from './routes'
import './ui/tokens.css'
import './ui/base.css'

// After an upgrade the parts of the page that were not loaded yet have other names: a page that asks for an old one starts anew, but not
// while the server cannot be reached, since that would take away what is here.
window.addEventListener('vite:preloadError', () => {
  const reloadIf = ({ ok }: Response) => ok && window.location.reload()
  void fetch(window.location.pathname, { cache: 'no-store' }).then(reloadIf, () => undefined)
})

createApp(App).use(i18n).use(router).mount('#app')
