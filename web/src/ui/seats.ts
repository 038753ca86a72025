/** Where the seats of a hall stand: rows of an amphitheatre around a stage, nearest row first. Pure. */

export interface Seat {
  readonly x: number
  readonly y: number
  readonly radius: number
}

const SPREAD = (158 / 180) * Math.PI

/** Seats in a box 400 wide and about 200 high, the stage at its lower middle (200, 196). */
export function hallSeats(rows = 6): Seat[] {
  return Array.from({ length: rows }, (_, row) => {
    const distance = 58 + row * 25
    const count = 7 + row * 4
    return Array.from({ length: count }, (_, place) => {
      const angle = Math.PI / 2 + SPREAD / 2 - (SPREAD * place) / (count - 1)
      return { x: rounded(200 + distance * Math.cos(angle)), y: rounded(196 - distance * Math.sin(angle)), radius: rounded(5.2 - row * 0.35) }
    })
  }).flat()
}

/** Nobody sees more of it, and the page's HTML stays short. */
const rounded = (value: number): number => Math.round(value * 10) / 10

/** The order in which seats are taken: people sit down all over the hall, each time alike. own: the seat of who looks. */
export function seatingOrder(count: number, own: number): number[] {
  const others = Array.from({ length: count }, (_, index) => index).filter((index) => index !== own)
  const scattered = others.map((index) => ({ index, rank: scatter(index) }))
  return [own, ...scattered.sort((a, b) => a.rank - b.rank).map(({ index }) => index)]
}

/** A number from 0 to 1 that looks random and is always the same for the same seat. */
function scatter(index: number): number {
  const wave = Math.sin((index + 1) * 12.9898) * 43_758.5453
  return wave - Math.floor(wave)
}
