import type {
  ClusterOverview,
  CountBySize,
  NodeOverview,
  OverviewDevice,
} from '../../../types/kubernetes/node-overview.js'
import type { MigState } from '../../../types/model/state.js'
import { isUsed } from '../../kubernetes/layout/node-overview.js'
import { compareProfileNames } from '../../model/profile-names.js'
import { drawLegend, drawMachine } from '../../render/machine.js'
import type { Panel } from '../../render/panel.js'
import { paint } from '../../render/style.js'
import type { Terminal } from '../parse/verb.js'
import { pictureOptions } from './machine.js'
import { describeRoom } from './room.js'
import { wrap, wrapParts } from './wrap.js'

/** Every node with its pictures and pods, and then the sums. `wide` adds the devices that are free, and all UUIDs. */
export function describeCluster(
  { nodes, gpus, used, free, room }: ClusterOverview,
  terminal: Terminal,
  { wide = false }: { readonly wide?: boolean } = {},
): string {
  const panels: Panel[] = []
  const parts = nodes.map((node) => {
    const lines = [...headOf(node, terminal)]
    if (node.layout !== null) {
      const picture = drawMachine(node.layout.state, {
        ...pictureOptions(terminal),
        fold: true,
      })
      panels.push(...picture.panels)
      lines.push(...picture.lines.filter((line) => line !== ''))
      lines.push(...devicesOf(node.devices, { wide, columns: terminal.textColumns }))
      lines.push(...roomOf(node, node.layout.state, terminal))
    }
    return lines.join('\n')
  })
  const sums = nodes.length > 1 ? [sumsOf({ nodes, gpus, used, free, room })] : []
  const legend = drawLegend(panels, pictureOptions(terminal))
  return `${[...parts, ...(legend === '' ? [] : [legend]), ...sums].join('\n\n')}\n`
}

function headOf(node: NodeOverview, { textColumns, color, unicode }: Terminal): readonly string[] {
  const { name, isReady, isClosed, config, state, reason, warning, source } = node
  const facts = [
    isReady ? 'ready' : 'not ready',
    ...(isClosed ? ['takes no new pods'] : []),
    config === null ? 'no configuration is wanted' : `${config}: ${state ?? 'not begun'}`,
  ]
  const [first = '', ...rest] = wrapParts([`${name} `, facts.join(', ')], textColumns, '  ')
  return [
    `${paint({ color, unicode }, 'bold', name)}${first.slice(name.length)}`,
    ...rest,
    ...(reason === null ? [] : indented(reason, textColumns)),
    ...(warning === null ? [] : indented(`warning: ${warning}`, textColumns)),
    ...(source === 'agent' ? [] : advertisedOf(node, textColumns)),
  ]
}

function indented(text: string, columns: number): readonly string[] {
  return wrap(text, columns - 2).map((line) => `  ${line}`)
}

function advertisedOf({ source, allocatable }: NodeOverview, columns: number): readonly string[] {
  if (source === 'none') return indented('no agent publishes its layout', columns)
  const counts = Object.entries(allocatable).filter(([, count]) => count > 0)
  const what =
    counts.length === 0
      ? 'none of NVIDIA’s resources'
      : counts.map(([name, count]) => `${count}x ${name}`).join(', ')
  return indented(
    `no agent publishes its layout; by what the node advertises, in use or not: ${what}`,
    columns,
  )
}

function devicesOf(
  devices: readonly OverviewDevice[],
  { wide, columns }: { readonly wide: boolean; readonly columns: number },
): readonly string[] {
  const shown = wide ? devices : devices.filter(isUsed)
  const rows = shown.map((device) => ({
    place: `GPU ${device.gpuIndex}${device.start === null ? '' : ` at ${device.start}`}`,
    size: device.size === 'GPU' ? 'whole GPU' : device.size,
    holders: holdersOf(device),
    uuid: device.uuid ?? '',
  }))
  const width = (of: (row: (typeof rows)[number]) => string): number =>
    Math.max(0, ...rows.map((row) => of(row).length))
  const [placeWidth, sizeWidth] = [width(({ place }) => place), width(({ size }) => size)]
  const indent = ' '.repeat(placeWidth + sizeWidth + 4)
  return rows.flatMap(({ place, size, holders, uuid }) => {
    const start = `${place.padEnd(placeWidth)}  ${size.padEnd(sizeWidth)} `
    const list = holders.map((each, last) => (last < holders.length - 1 ? `${each},` : each))
    return wrapParts([start, ...list, ...(wide ? [uuid] : [])], columns, indent)
  })
}

function holdersOf({ pods, morePods, processes }: OverviewDevice): readonly string[] {
  const all = [
    ...pods.map(({ namespace, name }) => `${namespace}/${name}`),
    ...(morePods === 0 ? [] : [`${morePods} more ${morePods === 1 ? 'pod' : 'pods'}`]),
    ...(processes === 0
      ? []
      : [`${processes} ${processes === 1 ? 'process' : 'processes'} outside of pods`]),
  ]
  return all.length === 0 ? ['free'] : all
}

function roomOf({ free }: NodeOverview, state: MigState, { textColumns }: Terminal): string[] {
  const counts = Object.entries(free).sort(([a], [b]) => compareProfileNames(a, b))
  const list = counts.map(([size, count], last) => {
    const comma = last < counts.length - 1 ? ',' : ''
    return `${count}x ${size === 'GPU' ? 'whole GPU' : size}${comma}`
  })
  return [
    ...wrapParts(['free:', ...(list.length === 0 ? ['none'] : list)], textColumns, '  '),
    ...describeRoom(state, textColumns),
  ]
}

function sumsOf({ nodes, gpus, used, free, room }: ClusterOverview): string {
  const sizes = [...new Set([used, free, room].flatMap((counts) => Object.keys(counts)))].sort(
    compareProfileNames,
  )
  const count = (counts: CountBySize, size: string): string => String(counts[size] ?? 0)
  const rows = [
    ['', 'in use', 'free', 'still fits'],
    ...sizes.map((size) => [
      size === 'GPU' ? 'whole GPU' : size,
      count(used, size),
      count(free, size),
      size === 'GPU' ? '' : count(room, size),
    ]),
  ]
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const table = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  const unknown = nodes.filter(({ layout }) => layout === null).length
  const without = unknown === 0 ? '' : `; ${unknown} of them without a layout, and not counted`
  const heading = `${nodes.length} nodes, ${gpus} GPUs${without}`
  return [heading, ...(sizes.length === 0 ? [] : table)].join('\n')
}
