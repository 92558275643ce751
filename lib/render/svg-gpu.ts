import type { GpuInstance, GpuState } from '../../types/state.js'
import { describeMode } from '../model/mode-text.js'
import { type Cell, type GpuPicture, pictureGpu } from './gpu-picture.js'
import { element, type Svg, titleOf } from './svg-element.js'
import { fillClass } from './svg-style.js'
import { drawText, widthOf } from './svg-text.js'

export const panelWidth = 480
const headerHeight = 24
const rowHeight = 36
export const panelHeight: number = headerHeight + 2 * rowHeight
/** Between neighbours. */
const inset = 1.5

/** What a plan does to an instance; `change`: some of what is in it. */
export type Fate = 'keep' | 'change' | 'destroy' | 'create'

/** Absent in a picture of how things are. */
export interface Fates {
  readonly gpuInstance: (instance: GpuInstance) => Fate
  readonly computeInstance: (instance: GpuInstance, position: number) => Fate
}

/** As in a plan that is printed. */
export const signs: Readonly<Record<Fate, string>> = {
  keep: '=',
  change: '~',
  destroy: '−',
  create: '+',
}

/** A GPU, with its upper left corner at the origin. */
export function drawGpu(gpu: GpuState, fates?: Fates): Svg {
  const picture = pictureGpu(gpu)
  const body =
    picture.kind === 'whole' ? drawWhole(picture.label) : drawGrid(picture, gpu.gpuInstances, fates)
  return [drawHeader(gpu), ...body].join('')
}

function drawHeader(gpu: GpuState): Svg {
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

/** One box over both rows. */
export function drawWhole(label: string): readonly Svg[] {
  const box = { x: inset, y: headerHeight + inset }
  const size = { width: panelWidth - 2 * inset, height: 2 * (rowHeight - inset), rx: 5 }
  return [
    element('rect', { class: 'empty', ...box, ...size }),
    drawText(label, {
      ...{ x: panelWidth / 2, y: headerHeight + rowHeight + 5 },
      ...{ className: 'text mid', width: panelWidth - 20 },
    }),
  ]
}

function drawGrid(
  { units, memory, compute }: Extract<GpuPicture, { kind: 'grid' }>,
  instances: readonly GpuInstance[],
  fates: Fates | undefined,
): readonly Svg[] {
  const unit = panelWidth / units
  const empty = (cells: readonly Cell[], row: number): readonly Svg[] =>
    cells
      .filter(({ instance }) => instance === null)
      .map((cell) => drawBox(cell, row, unit, 'empty free'))
  const drawn = instances.map((instance, index) => {
    const own = ({ instance: owner }: Cell): boolean => owner === index
    return drawInstance(instance, memory.filter(own), compute.filter(own), unit, fates)
  })
  return [...empty(memory, 0), ...empty(compute, 1), ...drawn]
}

/** Its memory, and below it what it has of compute: a group in which nothing else is. */
function drawInstance(
  instance: GpuInstance,
  memory: readonly Cell[],
  compute: readonly Cell[],
  unit: number,
  fates: Fates | undefined,
): Svg {
  const fate = fates?.gpuInstance(instance)
  const { id, profileName, placement, computeInstances } = instance
  const number = id < 0 ? '' : `GPU instance ${id}: `
  let next = 0
  const parts = compute.map((cell) => {
    if (cell.kind === 'unused') return drawUnused(cell, unit)
    if (cell.kind !== 'taken') return drawCell(cell, 1, unit, fate)
    const position = next++
    const part = computeInstances[position]
    const about =
      part === undefined ? '' : `${part.name}${part.uuid === null ? '' : ` ${part.uuid}`}`
    const drawing = drawCell(cell, 1, unit, fates?.computeInstance(instance, position))
    return element(
      'g',
      { class: 'compute-instance' },
      titleOf(`compute instance: ${about}`),
      drawing,
    )
  })
  const title = `${number}${profileName} at ${placement.start}:${placement.size}${fate === undefined ? '' : `, ${fate}`}`
  const above = memory.map((cell) => drawCell(cell, 0, unit, fate))
  return element('g', { class: 'gpu-instance' }, titleOf(title), ...above, ...parts)
}

function drawCell(cell: Cell, row: number, unit: number, fate: Fate | undefined): Svg {
  const color = fillClass(cell.slices)
  const isHollow = cell.kind === 'bare' || fate === 'destroy'
  const shape = isHollow ? 'hollow' : fate === 'create' ? 'new' : ''
  const label = fate === undefined ? cell.label : `${signs[fate]} ${cell.label}`
  const x = (cell.start + cell.size / 2) * unit
  const className = `${isHollow ? 'text' : `on ${color}`} mid`
  const width = cell.size * unit - 2 * inset - 4
  const y = headerHeight + row * rowHeight + rowHeight / 2 + 4.5
  return [
    drawBox(cell, row, unit, `${color} ${shape}`.trimEnd()),
    drawText(label, { x, y, className, width }),
  ].join('')
}

/** Crossed out. */
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
