/** A QR code as shapes: for the page, and for files that others put into their slides. Made here: no address leaves the page. */
import { encode } from 'uqr'

const INK = '#15201b'
const PNG_PX = 1_024
/** Squares of white around it, which scanners look for (ISO/IEC 18004). */
const QUIET = 4

export interface QrShape {
  /** Squares a side, with the quiet border. */
  readonly size: number
  readonly path: string
}

export function qrShape(text: string): QrShape {
  const { size, data } = encode(text, { ecc: 'M', border: QUIET })
  return { size, path: data.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('') }
}

/** A whole SVG file, dark on white. */
export function qrFile(text: string): string {
  const { size, path } = qrShape(text)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><rect width="${size}" height="${size}" fill="#fff"/><path d="${path}" fill="${INK}"/></svg>\n`
}

/** The same as a PNG, every square as many whole pixels as fit. */
export async function qrPng(text: string): Promise<Blob> {
  const { size, data } = encode(text, { ecc: 'M', border: QUIET })
  const square = Math.max(1, Math.floor(PNG_PX / size))
  const canvas = Object.assign(document.createElement('canvas'), { width: size * square, height: size * square })
  const pen = canvas.getContext('2d')
  if (!pen) throw new Error('this browser draws no pictures')
  pen.fillStyle = '#ffffff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.fillStyle = INK
  data.forEach((row, y) => row.forEach((dark, x) => dark && pen.fillRect(x * square, y * square, square, square)))
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture was made'))), 'image/png'))
}
