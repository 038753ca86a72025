/** The words for what is wrong with a survey, in a file or in a form, looked up by what the server says of it in English. */
import { useI18n } from 'vue-i18n'

/** message: such as "from 2 to 26 options". The key of its words, which have {0}, {1} … for the numbers. */
export function saidOf(message: string): { key: string; numbers: number[] } {
  const numbers = Array.from(message.matchAll(/\d+/g), ([digits]) => Number(digits))
  const words = message.replace(/\(.*\)/, '').replaceAll(/\d+/g, 'n').match(/\w+/g) ?? []
  return { key: `bank.said.${words.join('_').toLowerCase()}`, numbers }
}

/** In the page's language, or, where there are no words for it, as the server says it. */
export function useSaidText(): (message: string) => string {
  const { t, te } = useI18n()
  return (message) => {
    const { key, numbers } = saidOf(message)
    return te(key) ? t(key, numbers) : message
  }
}
