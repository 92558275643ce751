import { readFileSync, readlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { RenderingNodes } from '../../../types/containers/cdi.js'
import type { DeviceNode } from '../../../types/containers/device.js'
import { kernelAddress } from '../../model/pci-address.js'
import type { InstalledTree } from './below-root.js'

/** The nodes in `/dev/dri` of each GPU that has some, by its address in the form of NVML. */
export function findRendering(
  tree: InstalledTree,
  pciBusIds: readonly string[],
): readonly RenderingNodes[] {
  return pciBusIds
    .map((pciBusId) => renderingOf(tree, pciBusId))
    .filter(({ nodes }) => nodes.length > 0)
}

function renderingOf(tree: InstalledTree, pciBusId: string): RenderingNodes {
  const address = kernelAddress(pciBusId)
  const folder = `/sys/bus/pci/devices/${address}/drm`
  const nodes = tree.list(folder, /^(?:card|renderD)\d+$/).flatMap((path) => nodeOf(tree, path))
  const links = ['card', 'render']
    .map((kind) => `/dev/dri/by-path/pci-${address}-${kind}`)
    .flatMap((path) => linkOf(tree, path, nodes))
  return { pciBusId, nodes, links }
}

/** The numbers are in the file `dev` of the kernel, the rights on the node itself. */
function nodeOf(tree: InstalledTree, path: string): readonly DeviceNode[] {
  const node = `/dev/dri/${basename(path)}`
  const numbers = tree.resolve(`${path}/dev`)
  const status = tree.status(node)
  if (numbers === null || status === null) return []
  const [, major, minor] =
    /^(\d+):(\d+)$/.exec(readFileSync(tree.hostPath(numbers), 'utf8').trim()) ?? []
  if (major === undefined || minor === undefined) return []
  const made = { path: node, major: Number(major), minor: Number(minor), mode: status.mode & 0o777 }
  return [status.gid === 0 ? made : { ...made, gid: status.gid }]
}

function linkOf(
  tree: InstalledTree,
  path: string,
  nodes: readonly DeviceNode[],
): readonly string[] {
  if (!tree.isLink(path)) return []
  const target = readlinkSync(tree.hostPath(path))
  const leadsTo = join('/', target.startsWith('/') ? target : join(dirname(path), target))
  return nodes.some((node) => node.path === leadsTo) ? [`${target}::${path}`] : []
}
