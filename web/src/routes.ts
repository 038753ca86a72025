/** Pages by address. Each area's code and words are loaded when one of its pages is first opened. */
import { createRouter, createWebHistory } from 'vue-router'
import { i18n, loadWords, type Area } from './i18n'

declare module 'vue-router' {
  interface RouteMeta {
    area: Area
    /** Reachable without a login. */
    open?: boolean
    /** Key of the page's name for the window's title. */
    title?: string
  }
}

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/r/:code', component: () => import('./viewer/ViewerPage.vue'), props: true, meta: { area: 'viewer', open: true } },
    { path: '/stream/:code', component: () => import('./stream/StreamPage.vue'), props: true, meta: { area: 'viewer', open: true } },
    { path: '/proof/:id?', component: () => import('./verifier/ProofPage.vue'), props: true, meta: { area: 'proof', open: true } },
    { path: '/screen/:room', component: () => import('./screen/ScreenPage.vue'), props: true, meta: { area: 'screen', open: true } },
    { path: '/', redirect: '/console' },
    { path: '/console/login', component: () => import('./console/LoginPage.vue'), meta: { area: 'console', open: true } },
    { path: '/console/join', component: () => import('./console/JoinPage.vue'), meta: { area: 'console', open: true, title: 'join.title' } },
    {
      path: '/console',
      component: () => import('./console/ConsoleLayout.vue'),
      meta: { area: 'console' },
      children: [
        { path: '', component: () => import('./console/OverviewPage.vue'), meta: { area: 'console', title: 'overview.title' } },
        { path: 'guide', component: () => import('./console/GuidePage.vue'), meta: { area: 'console', title: 'guide.title' } },
        { path: 'rooms', component: () => import('./console/RoomsPage.vue'), meta: { area: 'console', title: 'rooms.title' } },
        { path: 'rooms/:room', component: () => import('./console/RoomPage.vue'), props: true, meta: { area: 'console' } },
        { path: 'rooms/:room/settings', component: () => import('./console/RoomSettingsPage.vue'), props: true, meta: { area: 'console' } },
        { path: 'live/:liveSession/:tab(desk|surveys|checkins|draws|people|deliveries)?', name: 'live', component: () => import('./console/LiveSessionPage.vue'), props: true, meta: { area: 'console' } },
        { path: 'appearance', component: () => import('./console/AppearancePage.vue'), meta: { area: 'console', title: 'looks.title' } },
        { path: 'me', component: () => import('./console/OwnLoginPage.vue'), meta: { area: 'console', title: 'me.title' } },
        { path: 'bank', component: () => import('./console/BankPage.vue'), meta: { area: 'console', title: 'bank.title' } },
        { path: 'bank/new', component: () => import('./console/TemplatePage.vue'), meta: { area: 'console', title: 'bank.new' } },
        { path: 'bank/import', component: () => import('./console/BankImportPage.vue'), meta: { area: 'console', title: 'bank.importTitle' } },
        { path: 'bank/:template', component: () => import('./console/TemplatePage.vue'), props: true, meta: { area: 'console', title: 'bank.edit' } },
        { path: 'account/:tab(members|keys|audit)?', component: () => import('./console/AccountPage.vue'), props: true, meta: { area: 'console', title: 'account.title' } },
        { path: 'endpoints', component: () => import('./console/CallbacksPage.vue'), props: { tab: 'endpoints' }, meta: { area: 'console', title: 'endpoints.title' } },
        { path: 'endpoints/deliveries', component: () => import('./console/CallbacksPage.vue'), props: { tab: 'deliveries' }, meta: { area: 'console', title: 'endpoints.title' } },
        { path: 'endpoints/new', component: () => import('./console/EndpointFormPage.vue'), meta: { area: 'console', title: 'endpoints.add' } },
        { path: 'endpoints/:endpoint', component: () => import('./console/EndpointPage.vue'), props: true, meta: { area: 'console' } },
        { path: 'endpoints/:endpoint/settings', component: () => import('./console/EndpointFormPage.vue'), props: true, meta: { area: 'console' } },
      ],
    },
    { path: '/:rest(.*)*', component: () => import('./ui/NotFoundPage.vue'), meta: { area: 'viewer', open: true } },
  ],
})

const isLoader = (component: unknown): component is () => Promise<unknown> => typeof component === 'function'

router.beforeEach(async (to) => {
  // the page's own code comes together with its words, not after them; the router takes what is here already
  for (const { components } of to.matched) {
    const load: unknown = components?.['default']
    if (isLoader(load)) load().catch(() => undefined)
  }
  await loadWords(to.meta.area)
  if (to.meta.open) return true
  const { findLogin } = await import('./console/login')
  return (await findLogin()) ? true : { path: '/console/login', query: { to: to.fullPath } }
})

router.afterEach((to, from) => {
  if (to.path === from.path && from.matched.length > 0) return // only what stands behind it has changed
  const { title } = to.meta
  document.title = title ? `${i18n.global.t(title)} · Turnout` : 'Turnout'
})
