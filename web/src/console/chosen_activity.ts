/**
 * Which of a live session's surveys, check-ins or draws the host looks at: the one chosen, else what was under way, or the newest, when the
 * host came. What another host writes meanwhile comes into the list and does not move what is looked at.
 */
import { computed, nextTick, ref, watch, type ComputedRef } from 'vue'
import { useRoute } from 'vue-router'

/** One of them as the list shows it. */
export interface ListedActivity {
  readonly id: string
  readonly title: string
  readonly state: string
  readonly tone: 'live' | 'good' | 'waiting' | 'plain'
  /** What is asked, where its title does not say it. */
  readonly asks?: string
  /** A number or two. */
  readonly about: string
}

interface Chosen<One> {
  readonly chosen: ComputedRef<One | null>
  choose(id: string): void
  /** As choose, by the host's own hand: on a phone the list stands below what is chosen, out of sight. */
  chooseHere(id: string): void
  /** As chooseHere, for what the host has just made: whoever goes on by keyboard goes on there. */
  show(id: string): void
}

const panel = () => document.getElementById('chosen-card')

/** isUnderWay: what a host wants to see when it begins, also by another hand, unless mayTurn says no, since something is being written. */
export function useChosen<One extends { readonly id: string }>(all: () => readonly One[], isUnderWay: (one: One) => boolean, mayTurn: () => boolean): Chosen<One> {
  const id = ref<string | null>(null)
  const underWay = computed(() => all().filter(isUnderWay))
  /** Looked at without having been chosen. */
  const seen = ref<string | null>(null)
  const find = (wanted: string | null) => all().find((one) => one.id === wanted)
  const chosen = computed(() => find(id.value) ?? find(seen.value) ?? underWay.value[0] ?? all()[0] ?? null)
  watch(chosen, (one) => (seen.value = one?.id ?? null), { immediate: true })
  const choose = (wanted: string) => void (id.value = wanted)

  // a link to one of them says which, once; after a reload the older ones come later than the page
  const route = useRoute()
  let taken: unknown = null
  const linked = computed(() => route.query['show'] ?? null)
  watch(
    [linked, () => all().some((one) => one.id === linked.value)],
    ([wanted, isThere]) => {
      if (wanted !== null && (!isThere || wanted === taken)) return
      taken = wanted
      if (typeof wanted === 'string') choose(wanted)
    },
    { immediate: true },
  )

  watch(
    () => underWay.value.map((one) => one.id),
    (now, before) => {
      const fresh = now.find((one) => !before.includes(one))
      if (fresh && mayTurn()) choose(fresh)
    },
  )

  function chooseHere(wanted: string): void {
    choose(wanted)
    void nextTick(() => {
      const place = panel()
      if (place && place.getBoundingClientRect().top < 0) place.scrollIntoView()
    })
  }

  function show(wanted: string): void {
    chooseHere(wanted)
    void nextTick(() => panel()?.focus({ preventScroll: true }))
  }
  return { chosen, choose, chooseHere, show }
}
