import type { GpuInstance } from '../../types/model/state.js'
import { formatIndexRanges } from '../model/gpu-text.js'
import type { Cell, GpuPicture } from './gpu-picture.js'
import { nameLines, partLabel } from './labels.js'
import type { Panel } from './panel.js'
import { signs } from './plan-fates.js'
import { element, type Svg, titleOf } from './svg-element.js'
import { fillClass } from './svg-style.js'
import { drawText, lineHeight, widthOf } from './svg-text.js'

/** A name such as `1g.10gb` fits into an eighth. */
export const panelWidth = 528
const headerHeight = 24
/** The gap between neighbours. */
const inset = 1.5

interface Row {
  readonly top: number
  readonly height: number
}

/** Names may take three lines. */
const memoryRow: Row = { top: headerHeight, height: 46 }
const computeRow: Row = { top: memoryRow.top + memoryRow.height, height: 28 }
export const panelHeight: number = computeRow.top + computeRow.height

/** A GPU, or several that look the same, with the upper left corner at the origin. */
export interface SvgPanel {
  readonly panel: Panel
  /** Those of the first of these GPUs, in the order of its state. */
  readonly instances: readonly GpuInstance[]
}

export function drawGpu({ panel, instances }: SvgPanel): Svg {
  const { picture, indexes } = panel
  // Ids and UUIDs belong to one GPU.
  const own = { instances, isOne: indexes.length === 1 }
  const body = picture.kind === 'whole' ? drawWhole(picture) : drawGrid(picture, own)
  return [drawHeader(panel), ...body].join('')
}

function drawHeader({ indexes, name, mode }: Panel): Svg {
  const number = `GPU ${formatIndexRanges(indexes, '–')}`
  const left = widthOf(number) + 12
  const width = panelWidth - left - widthOf(mode) - 12
  const shown = widthOf(name) <= width ? name : name.replace(/^NVIDIA /, '')
  return [
    drawText(number, { x: 2, y: 15, className: 'text strong' }),
    drawText(shown, { x: left, y: 15, className: 'text', width }),
    drawText(mode, { x: panelWidth - 2, y: 15, className: 'faint end' }),
  ].join('')
}

/** A box over both rows. */
function drawWhole({ label, detail }: Extract<GpuPicture, { kind: 'whole' }>): readonly Svg[] {
  const middle = { x: panelWidth / 2, width: panelWidth - 20 }
  const height = panelHeight - headerHeight - 2 * inset
  const y = headerHeight + inset + height / 2 + 4.5
  const box = { x: inset, y: headerHeight + inset, width: panelWidth - 2 * inset, height, rx: 5 }
  return [
    element('rect', { class: 'empty', ...box }),
    drawText(label, { ...middle, y, className: 'text mid' }),
    ...(detail === undefined
      ? []
      : [drawText(detail, { ...middle, y: y + 19, className: 'faint mid' })]),
  ]
}

interface Instances {
  readonly instances: readonly GpuInstance[]
  readonly isOne: boolean
}

function drawGrid(
  { units, memory, compute }: Extract<GpuPicture, { kind: 'grid' }>,
  { instances, isOne }: Instances,
): readonly Svg[] {
  const unit = panelWidth / units
  const empty = (cells: readonly Cell[], row: Row): readonly Svg[] =>
    cells
      .filter(({ instance }) => instance === null)
      .map((cell) =>
        cell.kind === 'unusable'
          ? drawUnusable(cell, row, unit)
          : drawBox(cell, row, unit, 'empty free'),
      )
  const drawn = instances.map((instance, index) => {
    const own = ({ instance: owner }: Cell): boolean => owner === index
    const cells = { memory: memory.filter(own), compute: compute.filter(own) }
    return drawInstance(instance, cells, { unit, isOne })
  })
  return [...empty(memory, memoryRow), ...empty(compute, computeRow), ...drawn]
}

/** The memory of an instance and its compute slices below it, as one group. */
function drawInstance(
  { id, profileName, placement, computeInstances }: GpuInstance,
  { memory, compute }: { readonly memory: readonly Cell[]; readonly compute: readonly Cell[] },
  { unit, isOne }: { readonly unit: number; readonly isOne: boolean },
): Svg {
  const fate = memory[0]?.fate
  const number = id < 0 || !isOne ? '' : `GPU instance ${id}: `
  let next = 0
  const parts = compute.map((cell) => {
    if (cell.kind === 'unused') return drawUnusable(cell, computeRow, unit)
    if (cell.kind !== 'taken') return drawPart(cell, unit)
    const part = computeInstances[next++]
    const uuid = isOne ? (part?.uuid ?? '') : ''
    const about = titleOf(`compute instance: ${part?.name ?? ''} ${uuid}`.trim())
    return element('g', { class: 'compute-instance' }, about, drawPart(cell, unit))
  })
  const title = `${number}${profileName} at ${placement.start}:${placement.size}${fate === undefined ? '' : `, ${fate}`}`
  const above = memory.map((cell) => drawMemory(cell, unit))
  return element('g', { class: 'gpu-instance' }, titleOf(title), ...above, ...parts)
}

function drawMemory(cell: Cell, unit: number): Svg {
  const lines = nameLines(cell, signs, (text) => widthOf(text) <= roomOf(cell, unit))
  return drawLabelled(cell, memoryRow, unit, lines)
}

function drawPart(cell: Cell, unit: number): Svg {
  const label = partLabel(cell, signs, (text) => widthOf(text) <= roomOf(cell, unit))
  return drawLabelled(cell, computeRow, unit, label === '' ? [] : [label])
}

function drawLabelled(cell: Cell, row: Row, unit: number, lines: readonly string[]): Svg {
  const { kind, fate, start, size, slices } = cell
  const color = fillClass(slices)
  const isHollow = kind === 'bare' || fate === 'destroy'
  const shape = isHollow ? 'hollow' : fate === 'create' ? 'new' : ''
  const className = `${isHollow ? 'text' : `on ${color}`} mid`
  const x = (start + size / 2) * unit
  const first = row.top + (row.height - (lines.length - 1) * lineHeight) / 2 + 4.5
  const width = roomOf(cell, unit)
  return [
    drawBox(cell, row, unit, isHollow ? shape : `${color} ${shape}`.trimEnd()),
    ...lines.map((line, index) =>
      drawText(line, { x, y: first + index * lineHeight, className, width }),
    ),
  ].join('')
}

function roomOf({ size }: Cell, unit: number): number {
  return size * unit - 2 * inset - 4
}

/** A crossed-out box. */
function drawUnusable(cell: Cell, row: Row, unit: number): Svg {
  const { x, y, width, height } = boxOf(cell, row, unit)
  const [right, bottom] = [x + width, y + height]
  const cross = `M${x} ${y}L${right} ${bottom}M${x} ${bottom}L${right} ${y}`
  return drawBox(cell, row, unit, 'empty') + element('path', { class: 'line', d: cross })
}

function drawBox(cell: Cell, row: Row, unit: number, className: string): Svg {
  return element('rect', { class: className, ...boxOf(cell, row, unit), rx: 5 })
}

function boxOf({ start, size }: Cell, { top, height }: Row, unit: number) {
  return {
    x: start * unit + inset,
    y: top + inset,
    width: size * unit - 2 * inset,
    height: height - 2 * inset,
  }
}
