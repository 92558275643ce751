import { formatIndexRanges } from '../model/gpu-text.js'
import { type BoxStyle, boxStyle, boxWidth, drawBox } from './box.js'
import type { Cell, GpuPicture } from './gpu-picture.js'
import { fateWords, type Signs } from './plan-fates.js'
import { paint, type Style, symbolsOf } from './style.js'

/** A GPU, or several that look the same, under a line with their indexes. */
export interface Panel {
  readonly indexes: readonly number[]
  readonly name: string
  readonly mode: string
  readonly modeFormat: 'green' | 'yellow' | 'gray' | 'red'
  readonly picture: GpuPicture
}

const gap = '  '

/** As many whole groups of panels side by side as fit; if not even one fits, one panel per row. */
export function drawPanels(
  panels: readonly Panel[],
  { columns, group }: { readonly columns: number; readonly group: number },
  look: Style,
): readonly string[] {
  const pictures = panels.map(({ picture }) => picture)
  const style = boxStyle(pictures, columns, look)
  const width = Math.max(...pictures.map((picture) => boxWidth(picture, style)))
  const room = Math.max(1, Math.floor((columns + gap.length) / (width + gap.length)))
  const perRow = room < group ? 1 : room - (room % group)
  const lines: string[] = []
  for (let first = 0; first < panels.length; first += perRow)
    lines.push(...joinSideBySide(panels.slice(first, first + perRow), width, style), '')
  return lines
}

function joinSideBySide(
  panels: readonly Panel[],
  width: number,
  style: BoxStyle,
): readonly string[] {
  const drawn = panels.map((panel) => {
    const margin = ' '.repeat(width - boxWidth(panel.picture, style))
    return [
      titleOf(panel, width, style),
      ...drawBox(panel.picture, style).map((line) => line + margin),
    ]
  })
  const height = Math.max(...drawn.map(({ length }) => length))
  return Array.from({ length: height }, (_, line) =>
    drawn
      .map((lines) => lines[line] ?? ' '.repeat(width))
      .join(gap)
      .trimEnd(),
  )
}

function titleOf({ indexes, name, mode, modeFormat }: Panel, width: number, style: Style): string {
  const { dash, ellipsis } = symbolsOf(style)
  const number = `GPU ${formatIndexRanges(indexes, dash)}`
  const room = width - number.length - mode.length - 2 * gap.length
  const shown = shorten(name, room, ellipsis).padEnd(room)
  return `${paint(style, 'bold', number)}${gap}${shown}${gap}${paint(style, modeFormat, mode)}`
}

function shorten(name: string, room: number, ellipsis: string): string {
  if (name.length <= room) return name
  const short = name.replace(/^NVIDIA /, '')
  return short.length <= room
    ? short
    : short.slice(0, Math.max(0, room - ellipsis.length)) + ellipsis
}

/** The legend of the pictures. */
export function legendOf(
  panels: readonly Panel[],
  columns: number,
  style: Style,
  fates: Signs | null = null,
): string {
  const cells = panels.flatMap(({ picture }) =>
    picture.kind === 'grid' ? [...picture.memory, ...picture.compute] : [],
  )
  const has = (kind: Cell['kind']): boolean => cells.some((cell) => cell.kind === kind)
  const { free, unusable, ellipsis } = symbolsOf(style)
  const words = [
    ...(cells.length > 0 ? ['memory above, compute below'] : []),
    ...(fates === null ? [] : fateWords(fates, cells)),
    ...(has('free') ? [`${free} free`] : []),
    ...(has('unusable') || has('unused') ? [`${unusable} unusable`] : []),
    ...(has('bare') ? [`(${ellipsis}) no compute instance`] : []),
  ]
  const lines: string[] = []
  for (const word of words) {
    const line = `${lines.at(-1)}   ${word}`
    if (lines.length > 0 && line.length <= columns) lines[lines.length - 1] = line
    else lines.push(word)
  }
  return lines.map((line) => paint(style, 'gray', line)).join('\n')
}
