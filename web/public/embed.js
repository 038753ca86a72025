/*
 * Places the viewers' page of a room on your own page. docs/embedding.md says how.
 *
 *   <script src="https://live.example.com/embed.js" data-room="k7mw3x9a" async></script>
 *   Turnout.embed(element, { room: 'k7mw3x9a', pass, language, title, extra, minHeight }) -> { frame, remove() }
 */
;(() => {
  'use strict'
  const script = document.currentScript
  const home = new URL(script.src).origin
  const LEAST_HEIGHT = 480

  function embed(element, { room, pass, language, title, extra, minHeight = LEAST_HEIGHT }) {
    const address = new URL(`/r/${encodeURIComponent(room)}`, home)
    if (extra) address.searchParams.set('extra', extra)
    // behind the #: neither the server nor its logs see it, and the page takes the pass out of it at once
    address.hash = new URLSearchParams({ embed: location.origin, ...(language ? { lang: language } : {}), ...(pass ? { pass } : {}) }).toString()

    const frame = document.createElement('iframe')
    frame.src = address.href
    frame.title = title || 'Turnout'
    frame.allow = 'autoplay; fullscreen; picture-in-picture; clipboard-write'
    Object.assign(frame.style, { display: 'block', width: '100%', height: `${minHeight}px`, border: '0' })

    const hear = ({ origin, source, data }) => {
      if (origin !== home || source !== frame.contentWindow || data?.turnout !== 'height' || !Number.isFinite(data.height)) return
      frame.style.height = `${Math.max(data.height, minHeight)}px`
    }
    window.addEventListener('message', hear)
    element.append(frame)

    return {
      frame,
      remove() {
        window.removeEventListener('message', hear)
        frame.remove()
      },
    }
  }

  window.Turnout = { ...window.Turnout, embed }

  const { room, pass, language, title, extra, minHeight } = script.dataset
  if (room) {
    const place = document.createElement('div')
    script.before(place)
    embed(place, { room, pass, language, title, extra, minHeight: Number(minHeight) || LEAST_HEIGHT })
  }
})()
