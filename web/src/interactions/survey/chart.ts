/** The host's bar chart, as ECharts wants to be told. Pure. */
import type { EChartsCoreOption } from 'echarts/core'

export interface ChartRow {
  readonly letter: string
  readonly text: string
  readonly count: number
  readonly percent: string
  readonly right: boolean
}

export interface ChartColours {
  readonly ink: string
  readonly quiet: string
  readonly bar: string
  readonly right: string
  readonly ground: string
  readonly font: string
}

const BAR_PX = 26

/** widthPx: of the chart. moving: whether bars may glide to their new length. */
export function chartOption(rows: readonly ChartRow[], answered: number, widthPx: number, colours: ChartColours, moving: boolean): EChartsCoreOption {
  const labelPx = Math.round(Math.min(300, widthPx * 0.36))
  return {
    animation: moving,
    animationDuration: 300,
    animationDurationUpdate: 260, // tallies come at most four times a second
    animationEasingUpdate: 'linear',
    textStyle: { fontFamily: colours.font },
    grid: { left: labelPx + 16, right: 92, top: 0, bottom: 0 },
    xAxis: { type: 'value', show: false, min: 0, max: Math.max(1, answered) },
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map(({ letter, text, right }) => `${letter}  ${text}${right ? '  ✓' : ''}`),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: colours.ink, fontSize: 14, lineHeight: 19, width: labelPx, overflow: 'break', margin: labelPx + 8, align: 'left' },
    },
    series: [
      {
        type: 'bar',
        barWidth: BAR_PX,
        showBackground: true,
        backgroundStyle: { color: colours.ground, borderRadius: 6 },
        data: rows.map(({ count, right }) => ({ value: count, itemStyle: { color: right ? colours.right : colours.bar, borderRadius: 6 } })),
        label: { show: false },
      },
      {
        // the numbers stand in one column at the right, whatever the length of the bars
        type: 'bar',
        barWidth: BAR_PX,
        barGap: '-100%',
        silent: true,
        data: rows.map(() => Math.max(1, answered)),
        itemStyle: { color: 'transparent' },
        label: {
          show: true,
          position: 'right',
          distance: 12,
          formatter: ({ dataIndex }: { dataIndex: number }) => `{count|${rows[dataIndex]?.count ?? 0}}  {share|${rows[dataIndex]?.percent ?? ''}}`,
          rich: {
            count: { color: colours.ink, fontSize: 16, fontWeight: 650, fontFamily: colours.font },
            share: { color: colours.quiet, fontSize: 13, fontFamily: colours.font },
          },
        },
        animation: false,
      },
    ],
  }
}
