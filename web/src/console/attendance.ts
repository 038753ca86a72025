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

export function curveOption(attendance: Attendance, language: string, colours: CurveColours, moving: boolean): EChartsCoreOption {
  const clock = (at: number) => new Date(at).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  return {
    animation: moving,
    animationDuration: 260,
    textStyle: { fontFamily: colours.font },
    grid: { left: 34, right: 12, top: 12, bottom: 24 },
    xAxis: { type: 'time', min: Date.parse(attendance.since), max: Math.max(Date.parse(attendance.until), Date.parse(attendance.since) + 1_000), splitNumber: 3, axisLabel: { color: colours.quiet, fontSize: 11, formatter: clock, hideOverlap: true }, axisLine: { lineStyle: { color: colours.rule } }, axisTick: { show: false } },
    yAxis: { type: 'value', min: 0, minInterval: 1, splitNumber: 3, axisLabel: { color: colours.quiet, fontSize: 11 }, splitLine: { lineStyle: { color: colours.rule } } },
    series: [{ type: 'line', step: 'end', symbol: 'none', data: curveOf(attendance), lineStyle: { color: colours.line, width: 2 }, areaStyle: { color: colours.ground } }],
  }
}
