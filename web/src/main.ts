import { createApp } from 'vue'
import App from './App.vue'
import { i18n } from './i18n'
import { router } from './routes'
import './ui/tokens.css'
import './ui/base.css'

// After an upgrade the parts of the page that were not loaded yet have other names: a page that asks for an old one starts anew.
window.addEventListener('vite:preloadError', () => window.location.reload())

createApp(App).use(i18n).use(router).mount('#app')
