// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { BrowserEntryStore } from './entry_store'
import { FakeServer } from './fake_server'
import { ViewerLive } from './viewer_live'
import { PLAIN } from '@/ui/theme'

test('what is planned is told while one waits, and is gone inside', () => {
  const next = { title: 'Part two', starts_at: '2026-01-05T15:00:00.000000Z' }
  const server = new FakeServer()
  const viewer = new ViewerLive('abcd2345', null, null, new BrowserEntryStore(), server.line, () => 0.5)
  viewer.start()
  server.now.open()
  server.keepWaiting(next)
  expect(viewer.state).toMatchObject({ phase: 'naming', started: false, next })
  const later = { ...next, title: 'Part three' }
  server.now.hear({ op: 'theme', theme: PLAIN, next: later })
  expect(viewer.state.next).toEqual(later)
  viewer.enterAs('Lin')
  server.admit()

  expect(viewer.state).toMatchObject({ phase: 'inside', next: null })
  viewer.stop()
})

test('how the room looks is told before the entry, and inside by the picture', () => {
  const acme = { name: 'Acme', accent: '#0a6e54', logo: null }
  const server = new FakeServer()
  const viewer = new ViewerLive('abcd2345', null, null, new BrowserEntryStore(), server.line, () => 0.5)
  viewer.start()
  server.now.open()
  server.refuse('enter', 'name_required')
  expect(viewer.state.theme).toBeNull()
  server.now.hear({ op: 'theme', theme: acme, next: null })
  expect(viewer.state).toMatchObject({ phase: 'naming', theme: acme, picture: null })
  viewer.enterAs('Lin')
  server.admit()
  expect(viewer.state.picture?.theme).toEqual(PLAIN)
  server.now.hear({ op: 'theme', theme: acme, next: null }) // it is over, and this page waits for the next

  expect(viewer.state).toMatchObject({ phase: 'inside', picture: { theme: acme } })
  viewer.stop()
})
