import type { ContainerDevice } from '../../../types/containers/device.js'
import type { ResolvedDevices, ResolveOptions } from '../../../types/containers/visible.js'
import type { MigState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { checkState } from '../../model/check-state.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import { listOf, nonEmpty, objectOf, oneOf } from '../../model/checks/kinds.js'
import { deepFreeze } from '../../model/freeze.js'
import { findByCdi } from './find-by-cdi.js'
import { findByLegacy } from './find-by-legacy.js'
import { type Found, type Inventory, takeInventory } from './inventory.js'
import { parseVisibleDevices } from './parse-visible.js'

const rules: RulesOf<ResolveOptions> = { dialect: oneOf('cdi', 'legacy'), kinds: listOf(nonEmpty) }
const optionRules = objectOf(rules)

const ownKinds = ['nvidia.com/gpu', 'runtime.nvidia.com/gpu']

/**
 * The devices that a container with this `NVIDIA_VISIBLE_DEVICES` gets on a machine. The two dialects differ: only the
 * legacy one takes PCI addresses, reads capitals and numbers leniently, and sees no MIG device behind the first index
 * without one; only the CDI one takes names of CDI.
 *
 * @throws MigError `MIG_DEVICE_NOT_FOUND` with every word that means no device, and with what there is. TypeError for
 *   wrong options.
 */
export function resolveVisibleDevices(
  text: string | undefined,
  state: MigState,
  options: ResolveOptions = {},
): ResolvedDevices {
  checkState('resolveVisibleDevices', state)
  checkOptions('resolveVisibleDevices', options, optionRules)
  const { dialect = 'cdi', kinds = ownKinds } = options
  const visible = parseVisibleDevices(text)
  if (visible.kind === 'void' || visible.kind === 'none')
    return deepFreeze({ kind: visible.kind, devices: [], warnings: [] })
  const inventory = takeInventory(state, dialect)
  if (visible.kind === 'all')
    return deepFreeze({ kind: 'devices', devices: [...inventory.all], warnings: [] })
  // A word that is there twice has one problem.
  const words = [...new Set(visible.words)]
  const find = (word: string): Found =>
    dialect === 'legacy' ? findByLegacy(word, inventory) : findByCdi(word, inventory, kinds)
  const devices = new Map<string, ContainerDevice>()
  const warnings: string[] = []
  const problems: { readonly word: string; readonly problem: string; readonly hint?: string }[] = []
  for (const word of words) {
    const found = find(word)
    if ('problem' in found) problems.push({ word, ...found })
    else {
      for (const device of found.devices) devices.set(device.names.index, device)
      if (found.warning !== undefined) warnings.push(found.warning)
    }
  }
  if (problems.length > 0) throw notFound(visible.words, problems, inventory)
  for (const device of devices.values())
    if (device.kind === 'gpu' && device.migEnabled)
      warnings.push(
        `GPU ${device.gpuIndex} has MIG on: CUDA cannot run on the whole GPU, only on its MIG devices`,
      )
  return deepFreeze({ kind: 'devices', devices: [...devices.values()], warnings })
}

function notFound(
  words: readonly string[],
  problems: readonly { readonly word: string; readonly problem: string; readonly hint?: string }[],
  { summary }: Inventory,
): MigError {
  const hint = problems.find((each) => each.hint !== undefined)?.hint
  return new MigError(
    'MIG_DEVICE_NOT_FOUND',
    `${problems.map(({ word, problem }) => `${JSON.stringify(word)}: ${problem}`).join('; ')}; there is ${summary}`,
    {
      issues: problems.map(({ word, problem }) => ({
        message: problem,
        path: [words.indexOf(word)],
      })),
      ...(hint === undefined ? {} : { hint }),
    },
  )
}
