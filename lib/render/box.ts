import type { Cell, GpuPicture } from './gpu-picture.js'
import { nameLines, partLabel } from './labels.js'
import { lineOf, paintBorder, paintCell, type Style, signsOf, symbolsOf } from './style.js'

/** Every usual number of memory units (2, 4, 8, 12) divides it. */
const innerWidth = 48
const smallestUnit = 4

type WholePicture = Extract<GpuPicture, { kind: 'whole' }>
type GridPicture = Extract<GpuPicture, { kind: 'grid' }>

/** How boxes are drawn: equal GPUs have the same measures, so that they are as wide before a plan as after it. */
export interface BoxStyle extends Style {
  /** Characters of one memory unit with one border, for GPUs with this many units. */
  readonly unitWidthOf: (units: number) => number
}

/** The measures with which names fit, where the terminal is wide enough; attributes may go into a second line. */
export function boxStyle(pictures: readonly GpuPicture[], columns: number, style: Style): BoxStyle {
  const widths = new Map<number, number>()
  for (const picture of pictures) {
    if (picture.kind === 'whole') continue
    const { units, memory } = picture
    const smallest = Math.max(smallestUnit, Math.floor(innerWidth / units))
    const needed = memory.map(({ label, size }) =>
      Math.ceil((label.replace(/[+-].*$/, '').length + 1) / size),
    )
    const fitting = Math.min(Math.max(smallest, ...needed), Math.floor((columns - 1) / units))
    widths.set(units, Math.max(smallest, fitting, widths.get(units) ?? 0))
  }
  return { ...style, unitWidthOf: (units) => widths.get(units) ?? smallestUnit }
}

export function boxWidth(picture: GpuPicture, { unitWidthOf }: BoxStyle): number {
  return picture.kind === 'whole' ? innerWidth + 1 : picture.units * unitWidthOf(picture.units) + 1
}

export function drawBox(picture: GpuPicture, style: BoxStyle): readonly string[] {
  if (picture.kind === 'whole') return drawWhole(picture, style)
  const { units, memory, compute } = picture
  const border = (above: readonly Cell[], below: readonly Cell[]): string => {
    const width = style.unitWidthOf(units)
    return drawBorder(edgesOf(above, width), edgesOf(below, width), units * width, style)
  }
  return [
    border([], memory),
    ...drawMemory(picture, style),
    border(memory, compute),
    drawCompute(picture, style),
    border(compute, []),
  ]
}

function drawWhole({ label, detail = '' }: WholePicture, style: Style): readonly string[] {
  const edges = new Set([0, innerWidth])
  const side = sideOf(style)
  const line = (text: string): string => `${side}${centre(text, innerWidth - 1)}${side}`
  return [
    drawBorder(new Set(), edges, innerWidth, style),
    line(''),
    line(label),
    line(detail),
    drawBorder(edges, new Set(), innerWidth, style),
  ]
}

/** As many lines as the longest name takes. */
function drawMemory({ units, memory }: GridPicture, style: BoxStyle): readonly string[] {
  const width = style.unitWidthOf(units)
  const names = memory.map((cell) =>
    cell.kind === 'taken' || cell.kind === 'bare'
      ? nameLines(cell, signsOf(style), (text) => text.length < cell.size * width)
      : [symbolOf(cell, style) ?? ''],
  )
  return Array.from({ length: Math.max(...names.map(({ length }) => length)) }, (_, line) =>
    drawRow(
      memory,
      memory.map(({ size }, cell) => centre(names[cell]?.[line] ?? '', size * width - 1)),
      style,
    ),
  )
}

function drawCompute(picture: GridPicture, style: BoxStyle): string {
  const { units, unitsPerSlice, compute } = picture
  const width = style.unitWidthOf(units)
  const { slice } = symbolsOf(style)
  const texts = compute.map((cell) => {
    const room = cell.size * width - 1
    if (cell.kind === 'taken' && cell.label === '' && cell.fate === undefined) {
      const marks = Array.from({ length: cell.size / unitsPerSlice }, () => slice)
      return marks.map((mark) => centre(mark, unitsPerSlice * width - 1)).join(' ')
    }
    const label = partLabel(cell, signsOf(style), (text) => text.length <= room)
    return centre(symbolOf(cell, style) ?? label, room)
  })
  const end = Math.max(0, ...compute.map(({ start, size }) => start + size))
  return `${drawRow(compute, texts, style)}${' '.repeat((units - end) * width)}`
}

/** What is in a box that no instance has. */
function symbolOf({ kind }: Cell, style: Style): string | undefined {
  const { free, unusable } = symbolsOf(style)
  if (kind === 'free') return free
  return kind === 'unusable' || kind === 'unused' ? unusable : undefined
}

function drawRow(cells: readonly Cell[], texts: readonly string[], style: Style): string {
  const side = sideOf(style)
  const painted = cells.map((cell, index) => `${paintCell(style, cell, texts[index] ?? '')}${side}`)
  return `${side}${painted.join('')}`
}

function sideOf(style: Style): string {
  const side = lineOf(style, { up: true, down: true, left: false, right: false })
  return paintBorder(style, side)
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
