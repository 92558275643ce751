import type { ContainerDevice } from '../../../types/containers/device.js'
import type { DockerOptions } from '../../../types/containers/runtimes.js'
import type { MigState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { cdiKind } from '../../model/checks/cdi-rules.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import { objectOf, oneOf } from '../../model/checks/kinds.js'
import { controlNodesOf, nodesOf, requireNumbers } from '../devices/device-nodes.js'

const rules: RulesOf<DockerOptions> = {
  way: oneOf('cdi', 'gpus', 'runtime', 'nodes'),
  kind: cdiKind,
}
const optionRules = objectOf(rules)

/**
 * Arguments of `docker run` for these devices. Each is one word: a shell needs quotes around that of `--gpus`, which has
 * quotes of its own.
 *
 * @throws MigError `MIG_DEVICE_NUMBERS_UNKNOWN` for the way `nodes`, where the state has no number for a node;
 *   `MIG_DEVICE_NOT_FOUND` for the way `cdi` and a device whose UUID is not known. TypeError for wrong options.
 */
export function dockerArguments(
  state: MigState,
  devices: readonly ContainerDevice[],
  options: DockerOptions = {},
): readonly string[] {
  checkOptions('dockerArguments', options, optionRules)
  const { way = 'cdi', kind = 'nvidia.com/gpu' } = options
  if (devices.length === 0) return []
  if (way === 'cdi')
    return devices.flatMap((device) => ['--device', `${kind}=${uuidForCdi(device)}`])
  const uuids = devices.map(anyUuid).join(',')
  if (way === 'gpus') return ['--gpus', `"device=${uuids}"`]
  if (way === 'runtime') return ['--runtime', 'nvidia', '--env', `NVIDIA_VISIBLE_DEVICES=${uuids}`]
  const numbers = requireNumbers(state)
  const nodes = [
    ...controlNodesOf(numbers),
    ...devices.flatMap((device) => nodesOf(numbers, device)),
  ]
  return [...new Set(nodes.map(({ path }) => path))].flatMap((path) => ['--device', path])
}

/** Not the index, which names another device when one before it goes. */
function uuidForCdi({ names }: ContainerDevice): string {
  if (names.uuid !== null) return names.uuid
  throw new MigError(
    'MIG_DEVICE_NOT_FOUND',
    `the UUID of ${names.index} that CDI needs is not known, and its index may name another device when the container starts`,
    { hint: 'the ways gpus and runtime take its legacy UUID, and the way nodes needs none' },
  )
}

/** Both ways without CDI take the legacy form, the only one before R465. */
function anyUuid({ names }: ContainerDevice): string {
  return names.uuid ?? names.legacyUuid
}
