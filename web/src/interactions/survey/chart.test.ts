import { expect, test } from 'vitest'
import { chartLayout, chartOption, type ChartRow } from './chart'

const row = (text: string, change: Partial<ChartRow> = {}): ChartRow => ({ letter: 'A', text, count: 0, percent: '0%', right: false, ...change })
const colours = { ink: 'ink', quiet: 'quiet', bar: 'bar', right: 'right', ground: 'ground', font: 'font' }

test('on a narrow page the texts stand over the bars and get room for their lines', () => {
  const short = chartLayout([row('是')], 320)
  const long = chartLayout([row('惯性是物体的固有属性，与物体是否受力、是否运动都没有关系')], 320)

  expect(short).toMatchObject({ above: true, rowPx: 58 })
  expect(long.rowPx).toBe(78)
})

test('on a wide page they stand beside them, and the bars get what short texts leave', () => {
  const short = chartLayout([row('是')], 800)
  const long = chartLayout([row('惯性是物体的固有属性，与物体是否受力、是否运动都没有关系')], 800)

  expect(short).toMatchObject({ above: false, rowPx: 52 })
  expect(short.labelPx).toBeLessThan(60)
  expect(long.labelPx).toBe(304)
})

test('right options have their own colour; without any, no bar looks like a wrong one', () => {
  const colour = (rows: ChartRow[]) => {
    const { series } = chartOption(rows, 3, chartLayout(rows, 800), colours, false) as { series: [{ data: { itemStyle: { color: string } }[] }] }
    return series[0].data.map(({ itemStyle }) => itemStyle.color)
  }

  expect(colour([row('one', { right: true }), row('two')])).toEqual(['right', 'bar'])
  expect(colour([row('one'), row('two')])).toEqual(['ink', 'ink'])
})

test('before anybody has answered the bars are empty, not full', () => {
  const rows = [row('one')]

  expect(chartOption(rows, 0, chartLayout(rows, 800), colours, false)).toMatchObject({ xAxis: { max: 1 }, animation: false })
})

test('the next tally finds each series again', () => {
  const rows = [row('yes'), row('no')]
  const drawn = chartOption(rows, 4, chartLayout(rows, 300), colours, true) as { series: { id?: string }[] }

  expect(drawn.series.map(({ id }) => id)).toEqual(['bars', 'numbers', 'texts'])
})
