/*
 * Stands in the head of a room's page, and runs before the form in it is seen: who has been in this room on this device, comes with a pass, or
 * reads another language does not see the form of a stranger. main.ts goes on from there.
 */
;(() => {
  'use strict'
  const page = document.documentElement
  const fragment = new URLSearchParams(location.hash.slice(1))

  /** Nothing where the browser keeps nothing. */
  function kept(name, key) {
    try {
      return window[name].getItem(key)
    } catch {
      return null
    }
  }

  /** As the server reads it. */
  function readCode() {
    try {
      return decodeURIComponent(location.pathname.split('/')[2] ?? '').replace(/[-\s]/g, '').toLowerCase()
    } catch {
      return '' // no room of ours
    }
  }

  const code = readCode()
  const language = kept('localStorage', 'turnout.language') ?? fragment.get('lang')
  const speaksOther = language !== null && language.slice(0, 2).toLowerCase() !== page.lang.slice(0, 2)
  const isKnown = fragment.has('pass') || kept('sessionStorage', `turnout.pass.${code}`) !== null || kept('localStorage', `turnout.room.${code}`) !== null
  if (speaksOther || isKnown) page.classList.add('known')
})()
