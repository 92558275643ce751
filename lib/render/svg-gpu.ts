import type { AnyGpuState, GpuInstance } from '../../types/model/state.js'
import { describeMode } from '../model/mode-text.js'
import { type Cell, type GpuPicture, pictureGpu } from './gpu-picture.js'
import { markFates } from './mark-fates.js'
import { type Fates, labelOf, signs } from './plan-fates.js'
import { element, type Svg, titleOf } from './svg-element.js'
import { fillClass } from './svg-style.js'
import { drawText, widthOf } from './svg-text.js'

export const panelWidth = 480
const headerHeight = 24
const rowHeight = 36
export const panelHeight: number = headerHeight + 2 * rowHeight
/** The gap between neighbours. */
const inset = 1.5

/** A GPU, with its upper left corner at the origin. */
export function drawGpu(gpu: AnyGpuState, fates?: Fates): Svg {
  const gpuInstances = gpu.gpuInstances ?? []
  const plain = pictureGpu(gpu)
  const picture = fates === undefined ? plain : markFates(plain, gpuInstances, fates)
  const body = picture.kind === 'whole' ? drawWhole(picture) : drawGrid(picture, gpuInstances)
  return [drawHeader(gpu), ...body].join('')
}

function drawHeader(gpu: AnyGpuState): Svg {
  const number = `GPU ${gpu.index}`
  const mode = describeMode(gpu.mig)
  const left = widthOf(number) + 12
  const width = panelWidth - left - widthOf(mode) - 12
  const name = widthOf(gpu.name) <= width ? gpu.name : gpu.name.replace(/^NVIDIA /, '')
  return [
    drawText(number, { x: 2, y: 15, className: 'text strong' }),
    drawText(name, { x: left, y: 15, className: 'text', width }),
    drawText(mode, { x: panelWidth - 2, y: 15, className: 'faint end' }),
  ].join('')
}

/** A box over both rows. */
export function drawWhole({
  label,
  detail,
}: Extract<GpuPicture, { kind: 'whole' }>): readonly Svg[] {
  const middle = { x: panelWidth / 2, width: panelWidth - 20 }
  const y = headerHeight + rowHeight + 5
  const box = { x: inset, y: headerHeight + inset }
  const size = { width: panelWidth - 2 * inset, height: 2 * (rowHeight - inset), rx: 5 }
  return [
    element('rect', { class: 'empty', ...box, ...size }),
    drawText(label, { ...middle, y, className: 'text mid' }),
    ...(detail === undefined
      ? []
      : [drawText(detail, { ...middle, y: y + 19, className: 'faint mid' })]),
  ]
}

function drawGrid(
  { units, memory, compute }: Extract<GpuPicture, { kind: 'grid' }>,
  instances: readonly GpuInstance[],
): readonly Svg[] {
  const unit = panelWidth / units
  const empty = (cells: readonly Cell[], row: number): readonly Svg[] =>
    cells
      .filter(({ instance }) => instance === null)
      .map((cell) => drawBox(cell, row, unit, 'empty free'))
  const drawn = instances.map((instance, index) => {
    const own = ({ instance: owner }: Cell): boolean => owner === index
    return drawInstance(instance, memory.filter(own), compute.filter(own), unit)
  })
  return [...empty(memory, 0), ...empty(compute, 1), ...drawn]
}

/** The memory of an instance and its compute slices below it, as one group. */
function drawInstance(
  instance: GpuInstance,
  memory: readonly Cell[],
  compute: readonly Cell[],
  unit: number,
): Svg {
  const fate = memory[0]?.fate
  const { id, profileName, placement, computeInstances } = instance
  const number = id < 0 ? '' : `GPU instance ${id}: `
  let next = 0
  const parts = compute.map((cell) => {
    if (cell.kind === 'unused') return drawUnused(cell, unit)
    if (cell.kind !== 'taken') return drawCell(cell, 1, unit)
    const part = computeInstances[next++]
    const about =
      part === undefined ? '' : `${part.name}${part.uuid === null ? '' : ` ${part.uuid}`}`
    const drawing = drawCell(cell, 1, unit)
    return element(
      'g',
      { class: 'compute-instance' },
      titleOf(`compute instance: ${about}`),
      drawing,
    )
  })
  const title = `${number}${profileName} at ${placement.start}:${placement.size}${fate === undefined ? '' : `, ${fate}`}`
  const above = memory.map((cell) => drawCell(cell, 0, unit))
  return element('g', { class: 'gpu-instance' }, titleOf(title), ...above, ...parts)
}

function drawCell(cell: Cell, row: number, unit: number): Svg {
  const { fate } = cell
  const color = fillClass(cell.slices)
  const isHollow = cell.kind === 'bare' || fate === 'destroy'
  const shape = isHollow ? 'hollow' : fate === 'create' ? 'new' : ''
  const x = (cell.start + cell.size / 2) * unit
  const className = `${isHollow ? 'text' : `on ${color}`} mid`
  const width = cell.size * unit - 2 * inset - 4
  const label = labelOf(cell, signs, (text) => widthOf(text) <= width)
  const y = headerHeight + row * rowHeight + rowHeight / 2 + 4.5
  return [
    drawBox(cell, row, unit, `${color} ${shape}`.trimEnd()),
    drawText(label, { x, y, className, width }),
  ].join('')
}

/** A crossed-out box. */
function drawUnused(cell: Cell, unit: number): Svg {
  const { x, y, width, height } = boxOf(cell, 1, unit)
  const [right, bottom] = [x + width, y + height]
  const cross = `M${x} ${y}L${right} ${bottom}M${x} ${bottom}L${right} ${y}`
  return drawBox(cell, 1, unit, 'empty') + element('path', { class: 'line', d: cross })
}

function drawBox(cell: Cell, row: number, unit: number, className: string): Svg {
  return element('rect', { class: className, ...boxOf(cell, row, unit), rx: 5 })
}

function boxOf({ start, size }: Cell, row: number, unit: number) {
  return {
    x: start * unit + inset,
    y: headerHeight + row * rowHeight + inset,
    width: size * unit - 2 * inset,
    height: rowHeight - 2 * inset,
  }
}
