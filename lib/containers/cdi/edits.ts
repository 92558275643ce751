import type { CdiDeviceNode, CdiEdits } from '../../../types/containers/cdi.js'
import type { DeviceNode } from '../../../types/containers/device.js'

/** Edits that give a container these nodes. */
export function nodeEdits(nodes: readonly DeviceNode[]): CdiEdits {
  const deviceNodes = nodes.map(toCdiNode)
  const gids = nodes.filter(needsGroup).map(({ gid = 0 }) => gid)
  return gids.length === 0 ? { deviceNodes } : { deviceNodes, additionalGids: [...new Set(gids)] }
}

function toCdiNode({ path, major, minor, mode, gid }: DeviceNode): CdiDeviceNode {
  const node = { path, type: 'c', major, minor, fileMode: mode, permissions: 'rwm' } as const
  return gid === undefined ? node : { ...node, gid }
}

/** Only its group may use the node, so the process of the container must be in it. As nvidia-ctk has it. */
function needsGroup({ mode, gid = 0 }: DeviceNode): boolean {
  return gid !== 0 && (mode & 0o006) !== 0o006
}

/** All of it together, each node, variable and mount once, in a fixed order. */
export function mergeEdits(edits: readonly CdiEdits[]): CdiEdits {
  const merged: { -readonly [Part in keyof CdiEdits]: CdiEdits[Part] } = {}
  const nodes = byKey(edits, 'deviceNodes', ({ path }) => path)
  const mounts = byKey(edits, 'mounts', ({ containerPath }) => containerPath)
  const env = byKey(edits, 'env', (variable) => variable.split('=', 1)[0])
  const hooks = byKey(edits, 'hooks', (hook) => JSON.stringify(hook))
  const gids = byKey(edits, 'additionalGids', (gid) => gid)
  const netDevices = byKey(edits, 'netDevices', ({ hostInterfaceName }) => hostInterfaceName)
  const intelRdt = edits.findLast((each) => each.intelRdt !== undefined)?.intelRdt
  if (env.length > 0) merged.env = env
  if (nodes.length > 0) merged.deviceNodes = sortByPath(nodes, ({ path }) => path)
  if (netDevices.length > 0) merged.netDevices = netDevices
  if (hooks.length > 0) merged.hooks = hooks
  if (mounts.length > 0) merged.mounts = sortByPath(mounts, ({ containerPath }) => containerPath)
  if (intelRdt !== undefined) merged.intelRdt = intelRdt
  if (gids.length > 0) merged.additionalGids = gids.toSorted((a, b) => a - b)
  return merged
}

type Lists = Omit<CdiEdits, 'intelRdt'>

/** The items of one part; of several with one key the last. */
function byKey<Part extends keyof Lists>(
  edits: readonly CdiEdits[],
  part: Part,
  keyOf: (item: NonNullable<Lists[Part]>[number]) => unknown,
): NonNullable<Lists[Part]>[number][] {
  const items = new Map<unknown, NonNullable<Lists[Part]>[number]>()
  for (const edit of edits) for (const item of edit[part] ?? []) items.set(keyOf(item), item)
  return [...items.values()]
}

/** In the order of nvidia-ctk: folders after what lies beside them. */
function sortByPath<Item>(items: readonly Item[], pathOf: (item: Item) => string): Item[] {
  return items
    .map((item) => ({ item, path: pathOf(item) }))
    .map((each) => ({ ...each, depth: each.path.split('/').length }))
    .sort((a, b) => a.depth - b.depth || compareText(a.path, b.path))
    .map(({ item }) => item)
}

// Not localeCompare, because the order must be the same on every machine.
export function compareText(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
