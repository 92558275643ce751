import type { GpuState, MigState } from '../../types/state.js'
import { groupBy } from '../model/group-by.js'
import { formatIndexRanges } from '../model/index-ranges.js'
import { describeMode } from '../model/mode-text.js'
import { boxLines, boxWidth, drawBox } from './box.js'
import { type Cell, type GpuPicture, pictureGpu } from './gpu-picture.js'
import { paint, type Style, symbolsOf } from './style.js'

export interface RenderOptions {
  /** Default false. */
  readonly color?: boolean
  /** Lines and dots beyond ASCII. Default true. */
  readonly unicode?: boolean
  /** Width of the terminal. Default 100: two GPUs side by side. */
  readonly columns?: number
  /** One picture for all GPUs that look the same. Default false. */
  readonly fold?: boolean
}

/** Equal GPUs and their picture. */
interface Panel {
  readonly gpus: readonly GpuState[]
  readonly picture: GpuPicture
}

const gap = '  '

/**
 * A machine as people draw it: for each GPU its memory units above, its compute slices below, and
 * every GPU instance where it sits. Lines end without a newline after the last.
 */
export function renderMachine(state: MigState, options: RenderOptions = {}): string {
  const { color = false, unicode = true, columns = 100, fold = false } = options
  const style = { color, unicode }
  const panels = panelsOf(state, fold)
  if (panels.length === 0) return 'no GPUs'
  const width = Math.max(...panels.map(({ picture }) => boxWidth(picture)))
  const perRow = Math.max(1, Math.floor((columns + gap.length) / (width + gap.length)))
  const lines: string[] = []
  for (let first = 0; first < panels.length; first += perRow) {
    lines.push(...joinSideBySide(panels.slice(first, first + perRow), width, style), '')
  }
  return [...lines, legendOf(panels, style)].join('\n').trimEnd()
}

function panelsOf({ gpus }: MigState, fold: boolean): readonly Panel[] {
  const panels = gpus.map((gpu) => ({ gpus: [gpu], picture: pictureGpu(gpu) }))
  if (!fold) return panels
  const alike = groupBy(panels, ({ gpus: [gpu], picture }) =>
    JSON.stringify([gpu?.name, gpu?.mig, picture]),
  )
  return [...alike.values()].flatMap((same) => {
    const [first] = same
    return first === undefined ? [] : [{ ...first, gpus: same.flatMap((panel) => panel.gpus) }]
  })
}

function joinSideBySide(panels: readonly Panel[], width: number, style: Style): readonly string[] {
  const drawn = panels.map(({ gpus, picture }) => {
    const margin = ' '.repeat(width - boxWidth(picture))
    return [titleOf(gpus, width, style), ...drawBox(picture, style).map((line) => line + margin)]
  })
  return Array.from({ length: boxLines + 1 }, (_, line) =>
    drawn
      .map((lines) => lines[line])
      .join(gap)
      .trimEnd(),
  )
}

function titleOf(gpus: readonly GpuState[], width: number, style: Style): string {
  const { dash, ellipsis } = symbolsOf(style)
  const [gpu] = gpus
  const number = `GPU ${formatIndexRanges(
    gpus.map(({ index }) => index),
    dash,
  )}`
  const mode = describeMode(gpu?.mig ?? null)
  const room = width - number.length - mode.length - 2 * gap.length
  const name = shorten(gpu?.name ?? '', room, ellipsis)
  const format = formatOfMode(gpu)
  return `${paint(style, 'bold', number)}${gap}${name.padEnd(room)}${gap}${paint(style, format, mode)}`
}

function shorten(name: string, room: number, ellipsis: string): string {
  if (name.length <= room) return name
  const short = name.replace(/^NVIDIA /, '')
  return short.length <= room
    ? short
    : short.slice(0, Math.max(0, room - ellipsis.length)) + ellipsis
}

function formatOfMode(gpu: GpuState | undefined): 'green' | 'yellow' | 'gray' {
  if (gpu?.mig?.enabled !== gpu?.mig?.pending) return 'yellow'
  return gpu?.mig?.enabled ? 'green' : 'gray'
}

function legendOf(panels: readonly Panel[], style: Style): string {
  const cells = panels.flatMap(({ picture }) =>
    picture.kind === 'grid' ? [...picture.memory, ...picture.compute] : [],
  )
  const has = (kind: Cell['kind']): boolean => cells.some((cell) => cell.kind === kind)
  const { free, unused, ellipsis } = symbolsOf(style)
  const words = [
    cells.length > 0 && 'memory above, compute below',
    has('free') && `${free} free`,
    has('unused') && `${unused} lost to the instance above`,
    has('bare') && `(${ellipsis}) no compute instance`,
  ]
  return paint(style, 'gray', words.filter((word) => word !== false).join('   '))
}
