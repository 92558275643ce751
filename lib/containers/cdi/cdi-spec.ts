import type {
  CdiDevice,
  CdiDeviceNode,
  CdiOptions,
  CdiSpec,
} from '../../../types/containers/cdi.js'
import type { DeviceNode } from '../../../types/containers/device.js'
import type { MigState } from '../../../types/model/state.js'
import { deepFreeze } from '../../model/freeze.js'
import { controlNodesOf, nodesOf, requireNumbers } from '../devices/device-nodes.js'
import { listContainerDevices } from '../devices/list-devices.js'
import { lowestCdiVersion } from './cdi-version.js'
import { namesOf } from './names.js'

/**
 * The CDI specification of a machine: each GPU with MIG off and each MIG device, under the chosen names, and `all`.
 * Device nodes have their numbers, so that no node must exist on the host. A machine without devices gets the device
 * `none`, because CDI refuses a specification without any.
 *
 * @throws MigError `MIG_DEVICE_NUMBERS_UNKNOWN` where the state has no number for a node.
 */
export function cdiSpec(
  state: MigState,
  { kind = 'nvidia.com/gpu', names = ['index', 'uuid'], all = true }: CdiOptions = {},
): CdiSpec {
  const numbers = requireNumbers(state)
  const made = listContainerDevices(state).map((device) => ({
    names: namesOf(device, names),
    nodes: nodesOf(numbers, device).map(toCdiNode),
  }))
  const devices: CdiDevice[] = made.flatMap((device) =>
    device.names.map((name) => ({ name, containerEdits: { deviceNodes: device.nodes } })),
  )
  if (devices.length === 0) devices.push(emptyDevice)
  else if (all) devices.push({ name: 'all', containerEdits: { deviceNodes: union(made) } })
  const spec = {
    kind,
    devices: devices.sort((a, b) => compareText(a.name, b.name)),
    containerEdits: {
      env: ['NVIDIA_VISIBLE_DEVICES=void'],
      deviceNodes: sortNodes(controlNodesOf(numbers).map(toCdiNode)),
    },
  }
  return deepFreeze({ cdiVersion: lowestCdiVersion(spec), ...spec })
}

/** As nvidia-ctk names and fills it. */
const emptyDevice: CdiDevice = {
  name: 'none',
  containerEdits: { env: ['NVCT_EMPTY_DEVICE='] },
}

function toCdiNode({ path, major, minor, mode, gid }: DeviceNode): CdiDeviceNode {
  const node = { path, type: 'c', major, minor, fileMode: mode, permissions: 'rwm' } as const
  return gid === undefined ? node : { ...node, gid }
}

function union(
  devices: readonly { readonly nodes: readonly CdiDeviceNode[] }[],
): readonly CdiDeviceNode[] {
  const byPath = new Map(devices.flatMap(({ nodes }) => nodes.map((node) => [node.path, node])))
  return sortNodes([...byPath.values()])
}

/** In the order of nvidia-ctk: folders after what lies beside them. */
function sortNodes(nodes: readonly CdiDeviceNode[]): readonly CdiDeviceNode[] {
  const depth = ({ path }: CdiDeviceNode): number => path.split('/').length
  return nodes.toSorted((a, b) => depth(a) - depth(b) || compareText(a.path, b.path))
}

// Not localeCompare, because the order must be the same on every machine.
function compareText(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
