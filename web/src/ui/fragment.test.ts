// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import { useFragment } from './fragment'

test('another key behind the # begins the page anew, as long as it is there', () => {
  const reload = vi.spyOn(location, 'reload').mockImplementation(() => undefined)
  const scope = effectScope()
  scope.run(useFragment)
  const turn = (hash: string) => {
    history.replaceState(null, '', `/screen/rm_1${hash}`)
    window.dispatchEvent(new Event('hashchange'))
    return reload.mock.calls.length
  }
  expect(turn('#key=new')).toBe(1)
  expect(turn('')).toBe(1)
  scope.stop()

  expect(turn('#key=newer')).toBe(1)
})
