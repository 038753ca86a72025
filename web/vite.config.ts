import vue from '@vitejs/plugin-vue'
import { fileURLToPath, URL } from 'node:url'
import { defineConfig } from 'vitest/config'

// TURNOUT_DEV_SERVER: where `npm run dev` finds the server; the built pages always talk to the origin they came from.
const server = process.env['TURNOUT_DEV_SERVER'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: 'true', // Element Plus has a few components in that style
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
    __INTLIFY_DROP_MESSAGE_COMPILER__: 'false',
  },
  build: {
    outDir: '../src/turnout/server/web',
    emptyOutDir: true,
    assetsInlineLimit: 0, // the server's content security policy allows no data: addresses
    // in-app browsers of chat apps stay behind: what they lack is written in older words, and tsconfig's lib refuses the language's newer builtins
    target: ['chrome100', 'safari15.4', 'firefox100'],
    chunkSizeWarningLimit: 700, // the chart of the host's page; sizes.js guards the viewer's page
    manifest: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // a viewer's phone fetches few files: what both areas share is one
            { name: 'shared', test: /src\/(ui|live)\/(?!qr|Qr|host_live|screen_live)|@lucide|src\/interactions\/survey\/(OptionRow|survey|countdown)|plugin-vue/ },
            { name: 'element', test: /node_modules\/(element-plus|@vueuse|@floating-ui|@popperjs|@ctrl|lodash|dayjs|async-validator|memoize-one|normalize-wheel|@element-plus)/ },
            { name: 'vue', test: /node_modules\/(@vue|vue|vue-router|vue-i18n|@intlify)\// },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': { target: server },
      '/pictures': { target: server },
      '/ws': { target: server, ws: true },
      '/live': { target: server },
    },
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
    restoreMocks: true,
  },
})
