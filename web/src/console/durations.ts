/** Lengths of time as people write them in one line: 5s, 10m, 2h, 1d. Pure. */

const UNITS: Readonly<Record<string, number>> = { s: 1, sec: 1, 秒: 1, m: 60, min: 60, 分: 60, 分钟: 60, h: 3_600, 时: 3_600, 小时: 3_600, d: 86_400, 天: 86_400 }
const SHOWN = [['d', 86_400], ['h', 3_600], ['m', 60], ['s', 1]] as const

/** In seconds; null where something is no length of time. A number alone means seconds. */
export function durationsIn(line: string): number[] | null {
  const words = line.toLowerCase().replaceAll(/(\d)\s+(?=[a-z\u4e00-\u9fff])/g, '$1').split(/[\s,，、;；]+/).filter(Boolean)
  const found = words.map((word) => {
    const [, number = '', unit = 's'] = /^(\d+(?:\.\d+)?)([a-z\u4e00-\u9fff]+)?$/.exec(word) ?? []
    return Number(number || NaN) * (UNITS[unit] ?? NaN)
  })
  return found.some(Number.isNaN) ? null : found
}

/** In the largest unit in which it is whole. */
export function durationText(seconds: number): string {
  const [unit, length] = SHOWN.find(([, length]) => seconds >= length && seconds % length === 0) ?? (['s', 1] as const)
  return `${seconds / length}${unit}`
}

export const durationsText = (all: readonly number[]): string => all.map(durationText).join(' ')
