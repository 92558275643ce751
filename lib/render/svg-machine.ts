import type { SvgOptions } from '../../types/machine/render.js'
import type { AnyGpuState, LostGpu, MigState } from '../../types/model/state.js'
import { checkState } from '../model/check-state.js'
import { formatIndexRanges } from '../model/gpu-text.js'
import { describeMode } from '../model/mode-text.js'
import { foldAlike } from './fold.js'
import { lostPanel, panelOf } from './machine.js'
import { checkSvgOptions } from './option-rules.js'
import type { Panel } from './panel.js'
import { drawGpu, panelHeight, panelWidth } from './svg-gpu.js'
import { drawLegend } from './svg-legend.js'
import { drawPicture, moveTo } from './svg-picture.js'

const gap = 24

/**
 * A machine as an SVG document: for each GPU its memory units above, its compute slices below, and every
 * GPU instance at its placement. Colour-blind readers and screen readers can read it, on light and dark pages.
 */
export function renderMachineSvg(state: MigState, options: SvgOptions = {}): string {
  checkState('renderMachineSvg', state)
  checkSvgOptions('renderMachineSvg', options)
  const all = [
    ...state.gpus.map((gpu) => ({ gpu, panels: [panelOf(gpu)] })),
    ...state.lostGpus.map((gpu) => ({ gpu, panels: [lostPanel(gpu)] })),
  ].sort((a, b) => a.gpu.index - b.gpu.index)
  const { title = `MIG layout of ${countGpus(all.length)}`, columns = 2, fold = false } = options
  const shown = (fold ? foldAlike(all) : all).flatMap(({ gpu, panels: [panel] }) =>
    panel === undefined ? [] : [{ gpu, panel }],
  )
  const perRow = Math.max(1, Math.min(columns, shown.length))
  const width = perRow * panelWidth + (perRow - 1) * gap
  const drawn = shown.map(({ gpu, panel }, place) => {
    const [column, row] = [place % perRow, Math.floor(place / perRow)]
    const drawing = drawGpu({ panel, instances: instancesOf(gpu) })
    return moveTo(column * (panelWidth + gap), row * (panelHeight + gap), drawing)
  })
  const below = Math.ceil(shown.length / perRow) * (panelHeight + gap)
  const legend = drawLegend(
    shown.map(({ panel }) => panel.picture),
    width,
  )
  return drawPicture({
    width,
    height: below + legend.height - (legend.height === 0 ? gap : 8),
    title,
    description: shown.map(({ gpu, panel }) => describeShown(gpu, panel)).join(' '),
    content: [...drawn, moveTo(0, below - 8, legend.drawing)],
  })
}

function instancesOf(gpu: AnyGpuState | LostGpu) {
  return 'gpuInstances' in gpu ? (gpu.gpuInstances ?? []) : []
}

function describeShown(gpu: AnyGpuState | LostGpu, { indexes }: Panel): string {
  return 'mig' in gpu ? describeGpu(gpu, indexes) : `GPU ${formatIndexRanges(indexes)}, lost.`
}

/** The words for a GPU, or several that look the same. */
export function describeGpu(gpu: AnyGpuState, indexes: readonly number[]): string {
  const head = `GPU ${formatIndexRanges(indexes)}, ${gpu.name}, ${describeMode(gpu.mig)}`
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
