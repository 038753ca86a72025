/** The audit log in words. Which kinds there are stands in the words themselves. */
import { useI18n } from 'vue-i18n'
import type { AuditRecord } from '@/api/types'
import words from '@/i18n/en/account'

export const KINDS: readonly string[] = Object.entries(words.audit.kinds).flatMap(([noun, deeds]) => Object.keys(deeds).map((deed) => `${noun}.${deed}`))

export function useAuditWords(): { kind: (kind: string) => string; actor: (record: AuditRecord) => string; facts: (record: AuditRecord) => string } {
  const { t, te } = useI18n()

  /** A kind of a newer server is shown as it is. */
  const kind = (name: string) => (te(`audit.kinds.${name}`) ? t(`audit.kinds.${name}`) : name)

  function actor({ actor: { kind: who, name } }: AuditRecord): string {
    if (who === 'command_line') return t('audit.commandLine')
    if (who !== 'api_key') return name
    return name ? t('audit.apiKey', { label: name }) : t('keys.key')
  }

  function value(name: string, fact: string | number | boolean): string {
    if (name === 'by' && te(`audit.ways.${fact}`)) return t(`audit.ways.${fact}`)
    return (name === 'role' || name === 'before') && te(`roles.${fact}`) ? t(`roles.${fact}`) : String(fact)
  }

  /** What was not so is not worth a word. */
  const facts = (record: AuditRecord) =>
    Object.entries(record.facts)
      .flatMap(([name, fact]) => (fact === null || fact === '' || fact === 0 || typeof fact === 'boolean' || !te(`audit.facts.${name}`) ? [] : [t(`audit.facts.${name}`, { value: value(name, fact) }, typeof fact === 'number' ? fact : 1)]))
      .join(' · ')

  return { kind, actor, facts }
}
