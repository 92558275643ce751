import type { ContainerDevice } from '../../../types/containers/device.js'
import type { DockerOptions } from '../../../types/containers/runtimes.js'
import type { MigState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import { nonEmpty, objectOf, oneOf } from '../../model/checks/kinds.js'
import { controlNodesOf, nodesOf, requireNumbers } from '../devices/device-nodes.js'

const rules: RulesOf<DockerOptions> = {
  way: oneOf('cdi', 'gpus', 'runtime', 'nodes'),
  kind: nonEmpty,
}
const optionRules = objectOf(rules)

/**
 * Arguments of `docker run` for these devices. Each is one word: a shell needs quotes around that of `--gpus`, which has
 * quotes of its own.
 *
 * @throws MigError `MIG_DEVICE_NUMBERS_UNKNOWN` for the way `nodes`, where the state has no number for a node;
 *   `MIG_DEVICE_NOT_FOUND` for a device whose UUID is not known. TypeError for wrong options.
 */
export function dockerArguments(
  state: MigState,
  devices: readonly ContainerDevice[],
  options: DockerOptions = {},
): readonly string[] {
  checkOptions('dockerArguments', options, optionRules)
  const { way = 'cdi', kind = 'nvidia.com/gpu' } = options
  if (devices.length === 0) return []
  const names = devices.map(stableName)
  if (way === 'cdi') return names.flatMap((name) => ['--device', `${kind}=${name}`])
  if (way === 'gpus') return ['--gpus', `"device=${names.join(',')}"`]
  if (way === 'runtime')
    return ['--runtime', 'nvidia', '--env', `NVIDIA_VISIBLE_DEVICES=${names.join(',')}`]
  const numbers = requireNumbers(state)
  const nodes = [
    ...controlNodesOf(numbers),
    ...devices.flatMap((device) => nodesOf(numbers, device)),
  ]
  return [...new Set(nodes.map(({ path }) => path))].flatMap((path) => ['--device', path])
}

/** The UUID, because an index names another device when one before it goes. */
function stableName({ names }: ContainerDevice): string {
  if (names.uuid !== null) return names.uuid
  throw new MigError(
    'MIG_DEVICE_NOT_FOUND',
    `the UUID of ${names.index} is not known, and its index may name another device when the container starts`,
  )
}
