/** Who comes by a button that says so, as on the desk, writes something new at once: `?write=new`, once. */
import { watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** tab: the one that writes; of tabs that are kept only the one in sight begins. */
export function useWritesAtOnce(tab: string, write: () => void): void {
  const [route, router] = [useRoute(), useRouter()]
  watch(
    () => route.query['write'] === 'new' && route.params['tab'] === tab,
    (wanted) => {
      if (!wanted) return
      write()
      const query = { ...route.query }
      delete query['write']
      void router.replace({ query })
    },
    { immediate: true },
  )
}
