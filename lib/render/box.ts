import type { Cell, GpuPicture } from './gpu-picture.js'
import { labelOf } from './plan-fates.js'
import { lineOf, paintBorder, paintCell, type Style, signsOf, symbolsOf } from './style.js'

/** Lines of the box around one GPU: border, memory, border, compute, border. */
export const boxLines = 5

/** Every usual number of memory units (2, 4, 8, 12) divides it. */
const innerWidth = 48
const smallestUnit = 4

type WholePicture = Extract<GpuPicture, { kind: 'whole' }>

export function boxWidth(picture: GpuPicture): number {
  return picture.kind === 'whole' ? innerWidth + 1 : picture.units * unitWidth(picture.units) + 1
}

// With one border each; a label such as `1g+me` fits into an eighth.
function unitWidth(units: number): number {
  return Math.max(smallestUnit, Math.floor(innerWidth / units))
}

export function drawBox(picture: GpuPicture, style: Style): readonly string[] {
  if (picture.kind === 'whole') return drawWhole(picture, style)
  const { units, memory, compute } = picture
  const width = unitWidth(units)
  const row = (cells: readonly Cell[]): string => drawRow(cells, units, width, style)
  const border = (above: readonly Cell[], below: readonly Cell[]): string =>
    drawBorder(edgesOf(above, width), edgesOf(below, width), units * width, style)
  return [
    border([], memory),
    row(memory),
    border(memory, compute),
    row(compute),
    border(compute, []),
  ]
}

function drawWhole({ label, detail = '' }: WholePicture, style: Style): readonly string[] {
  const edges = new Set([0, innerWidth])
  const side = paintBorder(
    style,
    lineOf(style, { up: true, down: true, left: false, right: false }),
  )
  const line = (text: string): string => `${side}${centre(text, innerWidth - 1)}${side}`
  return [
    drawBorder(new Set(), edges, innerWidth, style),
    line(''),
    line(label),
    line(detail),
    drawBorder(edges, new Set(), innerWidth, style),
  ]
}

function drawRow(cells: readonly Cell[], units: number, width: number, style: Style): string {
  const side = paintBorder(
    style,
    lineOf(style, { up: true, down: true, left: false, right: false }),
  )
  const { free, unused } = symbolsOf(style)
  const texts = cells.map((cell) => {
    const room = cell.size * width - 1
    const own = labelOf(cell, signsOf(style), (text) => text.length <= room)
    const label = { taken: own, bare: own, free, unused }[cell.kind]
    return paintCell(style, cell, centre(label, room))
  })
  const last = cells.at(-1)
  const missing = units - (last === undefined ? 0 : last.start + last.size)
  return `${side}${texts.map((text) => `${text}${side}`).join('')}${' '.repeat(missing * width)}`
}

function edgesOf(cells: readonly Cell[], width: number): ReadonlySet<number> {
  return new Set(cells.flatMap(({ start, size }) => [start * width, (start + size) * width]))
}

function drawBorder(
  above: ReadonlySet<number>,
  below: ReadonlySet<number>,
  length: number,
  style: Style,
): string {
  const end = Math.max(...above, ...below)
  let line = ''
  for (let column = 0; column <= length; column++) {
    line += lineOf(style, {
      up: above.has(column),
      down: below.has(column),
      left: column > 0 && column <= end,
      right: column < end,
    })
  }
  return paintBorder(style, line)
}

function centre(text: string, width: number): string {
  const cut = text.slice(0, width)
  return cut.padStart(Math.floor((width + cut.length) / 2)).padEnd(width)
}
