/**
 * The page in a frame of a customer's site, placed there by embed.js: it says how high it is, to that site alone and to no other.
 *
 * It hears nothing from there. What the site has to say stands in the fragment of the frame's address, which no server sees: the pass
 * (pass.ts), the language, and the site's own origin. A wrong one gains nothing: what is sent goes to an origin that the room allows.
 */
import { onBeforeUnmount, onMounted } from 'vue'

export interface EmbedHeight {
  readonly turnout: 'height'
  readonly height: number
}

/** The site that frames us and wants to hear from us; null: none. embed: origins the room allows. */
export function framingSite(embed: readonly string[]): string | null {
  const site = new URLSearchParams(location.hash.slice(1)).get('embed')
  return site !== null && window.parent !== window && embed.includes(site) ? site : null
}

export function useEmbedding(embed: readonly string[]): void {
  const site = framingSite(embed)
  if (!site) return
  const root = document.documentElement
  const page = document.getElementById('app')
  let told = 0
  const watching = new ResizeObserver(() => {
    const height = Math.ceil(page?.getBoundingClientRect().height ?? 0)
    if (height === told) return
    told = height
    window.parent.postMessage({ turnout: 'height', height } satisfies EmbedHeight, site)
  })
  onMounted(() => {
    // the frame is as high as the page, so the page must not be as high as the frame
    root.classList.add('embedded')
    if (page) watching.observe(page)
  })
  onBeforeUnmount(() => {
    watching.disconnect()
    root.classList.remove('embedded')
  })
}
