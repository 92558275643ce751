import type { SvgOptions } from '../../types/machine/render.js'
import type { AnyGpuState, LostGpu, MigState } from '../../types/model/state.js'
import { describeMode } from '../model/mode-text.js'
import { pictureLost } from './gpu-picture.js'
import { checkSvgOptions } from './option-rules.js'
import type { Svg } from './svg-element.js'
import { drawGpu, drawWhole, panelHeight, panelWidth } from './svg-gpu.js'
import { drawLegend, legendHeight } from './svg-legend.js'
import { drawPicture, moveTo } from './svg-picture.js'
import { drawText } from './svg-text.js'

const gap = 24

/**
 * A machine as an SVG document: for each GPU its memory units above, its compute slices below, and every
 * GPU instance at its placement. Colour-blind readers and screen readers can read it, on light and dark pages.
 */
export function renderMachineSvg(state: MigState, options: SvgOptions = {}): string {
  checkSvgOptions('renderMachineSvg', options)
  const { gpus, lostGpus } = state
  const panels = [
    ...gpus.map((gpu) => ({ index: gpu.index, drawing: drawGpu(gpu) })),
    ...lostGpus.map((gpu) => ({ index: gpu.index, drawing: drawLost(gpu) })),
  ].sort((a, b) => a.index - b.index)
  const { title = `MIG layout of ${countGpus(panels.length)}`, columns = 2 } = options
  const perRow = Math.max(1, Math.min(columns, panels.length))
  const rows = Math.ceil(panels.length / perRow)
  const width = perRow * panelWidth + (perRow - 1) * gap
  const drawn = panels.map(({ drawing }, place) => {
    const [column, row] = [place % perRow, Math.floor(place / perRow)]
    return moveTo(column * (panelWidth + gap), row * (panelHeight + gap), drawing)
  })
  const below = rows * (panelHeight + gap)
  const legend = drawLegend(gpus, width)
  const lines = legend.split('<text').length - 1
  return drawPicture({
    width,
    height: below + lines * legendHeight - (lines === 0 ? gap : 8),
    title,
    description: [...gpus.map(describeGpu), ...lostGpus.map(describeLost)].join(' '),
    content: [...drawn, moveTo(0, below - 8, legend)],
  })
}

export function describeGpu(gpu: AnyGpuState): string {
  const head = `GPU ${gpu.index}, ${gpu.name}, ${describeMode(gpu.mig)}`
  if (gpu.gpuInstances === null) {
    const names = gpu.migDevices.map(({ name }) => name)
    const seen = names.length === 0 ? 'no MIG device visible' : `MIG devices ${names.join(', ')}`
    return `${head}: ${seen}; places unknown.`
  }
  const instances = gpu.gpuInstances.map(({ profileName, placement, computeInstances }) => {
    const { start, size } = placement
    const names = computeInstances.map(({ name }) => name)
    const inside = names.length === 0 ? 'no compute instance' : names.join(', ')
    const detail = inside === profileName ? '' : ` with ${inside}`
    return `${profileName} at ${start}:${size}${detail}`
  })
  const layout = instances.length === 0 ? '' : `: ${instances.join('; ')}`
  return `${head}${layout}.`
}

export function countGpus(count: number): string {
  return `${count} GPU${count === 1 ? '' : 's'}`
}

function drawLost({ index }: LostGpu): Svg {
  return [
    drawText(`GPU ${index}`, { x: 2, y: 15, className: 'text strong' }),
    drawText('lost', { x: panelWidth - 2, y: 15, className: 'faint end' }),
    ...drawWhole(pictureLost),
  ].join('')
}

function describeLost({ index }: LostGpu): string {
  return `GPU ${index}, lost.`
}
