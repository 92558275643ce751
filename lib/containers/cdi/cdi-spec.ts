import type {
  CdiDevice,
  CdiEdits,
  CdiNaming,
  CdiOptions,
  CdiSpec,
} from '../../../types/containers/cdi.js'
import type { ContainerDevice } from '../../../types/containers/device.js'
import type { DeviceNumbers } from '../../../types/model/device-numbers.js'
import type { MigState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { checkState } from '../../model/check-state.js'
import { deepFreeze } from '../../model/freeze.js'
import { controlNodesOf, nodesOf, requireNumbers } from '../devices/device-nodes.js'
import { listContainerDevices } from '../devices/list-devices.js'
import { type Base, takeBase } from './base.js'
import { lowestCdiVersion } from './cdi-version.js'
import { checkCdiOptions } from './check-options.js'
import { driverEdits, renderingEdits } from './driver-edits.js'
import { compareText, mergeEdits, nodeEdits } from './edits.js'
import { namesOf } from './names.js'

/**
 * The CDI specification of a machine: each GPU with MIG off and each MIG device, under the chosen names, and `all`.
 * Device nodes have their numbers, so that no node must exist on the host. A machine without devices gets the device
 * `none`, because CDI refuses a specification without any. The version is the lowest that allows the content.
 *
 * @throws MigError `MIG_DEVICE_NUMBERS_UNKNOWN` where the state has no number for a node; `MIG_CDI_INVALID` for a base that
 *   no runtime takes. TypeError for wrong options.
 */
export function cdiSpec(state: MigState, options: CdiOptions = {}): CdiSpec {
  checkState('cdiSpec', state)
  checkCdiOptions('cdiSpec', options)
  const { names = ['index', 'uuid'], all = true, driver } = options
  const base = options.base === undefined ? null : takeBase(options.base)
  const numbers = requireNumbers(state)
  const found = listContainerDevices(state).map((device) => ({
    names: requireNames(device, names),
    containerEdits: editsOf(device, numbers, options, base),
  }))
  const devices: CdiDevice[] = found.flatMap(({ names: own, containerEdits }) =>
    own.map((name) => ({ name, containerEdits })),
  )
  refuseEqualNames(devices)
  if (devices.length === 0) devices.push(emptyDevice)
  else if (all) {
    const edits = found.map(({ containerEdits }) => containerEdits)
    devices.push({ name: 'all', containerEdits: mergeEdits(edits) })
  }
  const common = [
    base?.common ?? {},
    ...(driver === undefined ? [] : [driverEdits(driver)]),
    { env: ['NVIDIA_VISIBLE_DEVICES=void'] },
    nodeEdits(controlNodesOf(numbers)),
  ]
  return finish({
    kind: options.kind ?? base?.kind ?? 'nvidia.com/gpu',
    devices: devices.sort((a, b) => compareText(a.name, b.name)),
    containerEdits: mergeEdits(common),
  })
}

/** A device that is left out of a specification is one that no container can get. */
function requireNames(device: ContainerDevice, namings: readonly CdiNaming[]): readonly string[] {
  const names = namesOf(device, namings)
  if (names.length > 0) return names
  const { index } = device.names
  const uuid = device.kind === 'mig' ? device.uuid : null
  throw new MigError(
    'MIG_CDI_INVALID',
    uuid === null
      ? `the UUID of ${index} is not known`
      : `CDI cannot carry ${uuid}, the only UUID that this driver has for ${index}`,
    { hint: `name devices by their index too: ${index}` },
  )
}

/** Runtimes refuse such a specification as a whole. A driver that gives two devices one UUID is not to be trusted. */
function refuseEqualNames(devices: readonly CdiDevice[]): void {
  const seen = new Set<string>()
  for (const { name } of devices) {
    if (seen.has(name))
      throw new MigError('MIG_CDI_INVALID', `the driver has two devices of the name ${name}`)
    seen.add(name)
  }
}

export function finish(spec: Omit<CdiSpec, 'cdiVersion'>): CdiSpec {
  return deepFreeze({ cdiVersion: lowestCdiVersion(spec), ...spec })
}

/** As nvidia-ctk names and fills it. */
const emptyDevice: CdiDevice = {
  name: 'none',
  containerEdits: { env: ['NVCT_EMPTY_DEVICE='] },
}

function editsOf(
  device: ContainerDevice,
  numbers: DeviceNumbers,
  { driver }: CdiOptions,
  base: Base | null,
): CdiEdits {
  const own = nodeEdits(nodesOf(numbers, device))
  const rendering =
    device.kind === 'gpu' || device.name.includes('gfx')
      ? driver?.rendering?.find(({ pciBusId }) => pciBusId === device.pciBusId)
      : undefined
  const more: CdiEdits[] = []
  if (driver !== undefined && rendering !== undefined) more.push(renderingEdits(driver, rendering))
  const kept = device.kind === 'gpu' ? base?.keptFor(device) : undefined
  if (kept !== undefined) more.push(kept)
  return more.length === 0 ? own : mergeEdits([...more, own])
}
