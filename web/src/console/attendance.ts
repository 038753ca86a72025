/** The curve of who was there, as ECharts wants to be told. Pure. */
import type { EChartsCoreOption } from 'echarts/core'
import type { Attendance } from '@/api/types'

export interface CurveColours {
  readonly line: string
  readonly ground: string
  readonly quiet: string
  readonly rule: string
  readonly font: string
}

/** [milliseconds, viewers]: the most of each step stands at its beginning, and the end has who is there then. */
export function curveOf({ points, until, online }: Attendance): (readonly [number, number])[] {
  return [...points.map(({ at, most }) => [Date.parse(at), most] as const), [Date.parse(until), online] as const]
}

/** The figures beside a newer count of who is there. peakAt: undefined where that count is the peak, and its moment not known yet. */
export function notBehind({ viewers, peak }: Attendance, online: number): { readonly viewers: number; readonly peak: number; readonly peakAt: string | undefined } {
  const most = Math.max(peak?.viewers ?? 0, online)
  return { viewers: Math.max(viewers, most), peak: most, peakAt: peak?.viewers === most ? peak.at : undefined }
}

/** Seconds between labels: what clocks are divided into. Days after that. */
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400]
const MOST_LABELS = 4

/** Where the axis has a time, at whole steps of the clock on the wall; and whether it takes seconds, or the day, to tell them apart. */
export function ticksOf(from: number, until: number): { readonly at: number[]; readonly seconds: boolean; readonly days: boolean } {
  const fits = (seconds: number) => (until - from) / seconds / 1_000 <= MOST_LABELS
  const step = (STEPS_S.find(fits) ?? Math.ceil((until - from) / MOST_LABELS / 86_400_000) * 86_400) * 1_000
  const ahead = new Date(from).getTimezoneOffset() * -60_000
  const at: number[] = []
  for (let tick = Math.ceil((from + ahead) / step) * step - ahead; tick <= until; tick += step) at.push(tick)
  return { at, seconds: step < 60_000, days: until - from >= 86_400_000 }
}

export function curveOption(attendance: Attendance, language: string, colours: CurveColours, moving: boolean): EChartsCoreOption {
  const from = Date.parse(attendance.since)
  const until = Math.max(Date.parse(attendance.until), from + 1_000)
  const { at: customValues, seconds, days } = ticksOf(from, until)
  const parts: Intl.DateTimeFormatOptions = { ...(days ? { month: 'numeric', day: 'numeric' } : {}), hour: '2-digit', minute: '2-digit', ...(seconds ? { second: '2-digit' } : {}), hourCycle: 'h23' }
  const clock = (at: number) => new Date(at).toLocaleString(language, parts)
  return {
    animation: moving,
    animationDuration: 260,
    textStyle: { fontFamily: colours.font },
    grid: { left: 34, right: 12, top: 12, bottom: 24 },
    xAxis: { type: 'time', min: from, max: until, axisLabel: { color: colours.quiet, fontSize: 11, formatter: clock, hideOverlap: true, customValues }, axisLine: { lineStyle: { color: colours.rule } }, axisTick: { show: false } },
    yAxis: { type: 'value', min: 0, minInterval: 1, splitNumber: 3, axisLabel: { color: colours.quiet, fontSize: 11 }, splitLine: { lineStyle: { color: colours.rule } } },
    series: [{ type: 'line', step: 'end', symbol: 'none', data: curveOf(attendance), lineStyle: { color: colours.line, width: 2 }, areaStyle: { color: colours.ground } }],
  }
}
