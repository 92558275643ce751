import type { RenderOptions } from '../../types/machine/render.js'
import type { AnyGpuState, LostGpu, MigState } from '../../types/model/state.js'
import { checkState } from '../model/check-state.js'
import { describeMode } from '../model/mode-text.js'
import { foldAlike } from './fold.js'
import { pictureGpu, pictureLost } from './gpu-picture.js'
import { checkRenderOptions } from './option-rules.js'
import { drawPanels, legendOf, type Panel } from './panel.js'

/**
 * A machine as text: for each GPU its memory units above, its compute slices below, and every GPU instance at
 * its placement. A lost GPU is marked as lost. The last line has no newline.
 */
export function renderMachine(state: MigState, options: RenderOptions = {}): string {
  const { panels, lines } = drawMachine(state, options)
  if (panels.length === 0) return 'no GPUs'
  return [...lines, drawLegend(panels, options)].join('\n').trimEnd()
}

/** The same without its legend, for several machines with one legend. */
export function drawMachine(
  state: MigState,
  options: RenderOptions = {},
): { readonly panels: readonly Panel[]; readonly lines: readonly string[] } {
  checkState('renderMachine', state)
  checkRenderOptions('renderMachine', options)
  const { color = false, unicode = true, columns = 100, fold = false } = options
  const style = { color, unicode }
  const each = [...state.gpus.map(panelOf), ...state.lostGpus.map(lostPanel)].sort(
    (a, b) => (a.indexes[0] ?? 0) - (b.indexes[0] ?? 0),
  )
  if (each.length === 0) return { panels: [], lines: [] }
  const panels = fold
    ? foldAlike(each.map((panel) => ({ panels: [panel] }))).flatMap((same) => same.panels)
    : each
  return { panels, lines: drawPanels(panels, { columns, group: 1 }, style) }
}

export function drawLegend(panels: readonly Panel[], options: RenderOptions): string {
  const { color = false, unicode = true, columns = 100 } = options
  return legendOf(panels, columns, { color, unicode })
}

export function panelOf(gpu: AnyGpuState): Panel {
  const { index, name, mig } = gpu
  const isPending = mig?.enabled !== mig?.pending
  return {
    indexes: [index],
    name,
    mode: describeMode(mig),
    modeFormat: isPending ? 'yellow' : mig?.enabled ? 'green' : 'gray',
    picture: pictureGpu(gpu),
  }
}

export function lostPanel({ index }: LostGpu): Panel {
  return { indexes: [index], name: '', mode: 'lost', modeFormat: 'red', picture: pictureLost }
}
