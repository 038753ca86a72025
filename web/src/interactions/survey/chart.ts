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

/** Where things stand. above: on a narrow page an option's text stands over its bar instead of beside it. */
export interface ChartLayout {
  readonly above: boolean
  readonly rowPx: number
  readonly labelPx: number
}

const NARROW_PX = 560
const NUMBERS_PX = 88
const LETTER_PX = 14
const LINE_PX = 20
const MOST_LINES = 3

/** widthPx: of the chart. */
export function chartLayout(rows: readonly ChartRow[], widthPx: number): ChartLayout {
  const above = widthPx < NARROW_PX
  const longestPx = Math.max(0, ...rows.map((row) => textPx(labelOf(row)))) * 1.1
  const labelPx = Math.round(above ? widthPx - 4 : Math.min(longestPx, 320, widthPx * 0.38))
  const lines = Math.min(MOST_LINES, Math.max(1, ...rows.map((row) => Math.ceil(textPx(labelOf(row)) / labelPx))))
  return { above, labelPx, rowPx: above ? 38 + lines * LINE_PX : Math.max(52, 14 + lines * LINE_PX) }
}

/** moving: whether bars may glide to their new length. */
export function chartOption(rows: readonly ChartRow[], answered: number, layout: ChartLayout, colours: ChartColours, moving: boolean): EChartsCoreOption {
  const { above, labelPx, rowPx } = layout
  const barPx = above ? 14 : 26
  const judged = rows.some(({ right }) => right)
  // bars fill the lower part of their row when the text stands over them
  const sinkPx = above ? rowPx / 2 - barPx / 2 - 10 : 0
  const full = Math.max(1, answered)
  return {
    animation: moving,
    animationDuration: 300,
    animationDurationUpdate: 260, // tallies come at most four times a second
    animationEasingUpdate: 'linear',
    textStyle: { fontFamily: colours.font },
    grid: { left: above ? 0 : labelPx + 20, right: NUMBERS_PX, top: sinkPx, bottom: -sinkPx },
    xAxis: { type: 'value', show: false, min: 0, max: full },
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map(labelOf),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { show: !above, interval: 0, color: colours.ink, fontSize: LETTER_PX, lineHeight: LINE_PX, width: labelPx, overflow: 'break', margin: labelPx + 20, align: 'left' },
    },
    series: [
      {
        id: 'bars', // by which the next tally finds it: a bar without one would begin at nothing again
        type: 'bar',
        barWidth: barPx,
        showBackground: true,
        backgroundStyle: { color: colours.ground, borderRadius: barPx / 4 },
        data: rows.map(({ count, right }) => ({ value: count, itemStyle: { color: right ? colours.right : judged ? colours.bar : colours.ink, borderRadius: barPx / 4 } })),
        label: { show: false },
      },
      // two bars nobody sees carry the words: numbers in one column at the right, and, on a narrow page, the texts
      invisible('numbers', rows, full, barPx, {
        position: 'right',
        distance: 12,
        formatter: ({ dataIndex }: { dataIndex: number }) => `{count|${rows[dataIndex]?.count ?? 0}}  {share|${rows[dataIndex]?.percent ?? ''}}`,
        rich: {
          count: { color: colours.ink, fontSize: 16, fontWeight: 650, fontFamily: colours.font },
          share: { color: colours.quiet, fontSize: 13, fontFamily: colours.font },
        },
      }),
      ...(above
        ? [
            invisible('texts', rows, full, barPx, {
              position: [0, -6],
              verticalAlign: 'bottom',
              formatter: ({ name }: { name: string }) => name,
              color: colours.ink,
              fontSize: LETTER_PX,
              lineHeight: LINE_PX,
              width: labelPx,
              overflow: 'break',
            }),
          ]
        : []),
    ],
  }
}

/** A row's name as the chart and its table give it. */
export const labelOf = ({ letter, text, right }: ChartRow): string => `${letter}  ${text}${right ? '  ✓' : ''}`.trim()

function invisible(id: string, rows: readonly ChartRow[], full: number, barPx: number, label: object): object {
  return { id, type: 'bar', barWidth: barPx, barGap: '-100%', silent: true, animation: false, data: rows.map(() => full), itemStyle: { color: 'transparent' }, label: { show: true, ...label } }
}

/** About how wide a text is: Chinese letters are square, others about half as wide. */
function textPx(text: string): number {
  return Array.from(text).reduce((sum, letter) => sum + (letter > '\u2e80' ? LETTER_PX : LETTER_PX * 0.56), 0)
}
