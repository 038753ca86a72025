/*
 * Stands before the door that the server has written into the page, and runs before it is seen: who has been in this room on this device,
 * comes with a pass, or reads another language does not see the door of a stranger. main.ts goes on from there.
 */
;(() => {
  'use strict'
  const start = document.documentElement
  const behind = new URLSearchParams(location.hash.slice(1))
  // as the server reads a code
  const code = decodeURIComponent(location.pathname.split('/')[2] ?? '').replace(/[-\s]/g, '').toLowerCase()
  try {
    const language = localStorage.getItem('turnout.language') ?? behind.get('lang')
    const speaksOther = language !== null && language.slice(0, 2).toLowerCase() !== start.lang.slice(0, 2)
    const isKnown = behind.has('pass') || sessionStorage.getItem(`turnout.pass.${code}`) !== null || localStorage.getItem(`turnout.room.${code}`) !== null
    if (speaksOther || isKnown) start.classList.add('known')
  } catch {
    // a browser that keeps nothing knows nobody; or the address is none of ours
  }
})()
