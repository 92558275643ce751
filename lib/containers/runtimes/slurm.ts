import type { ContainerDevice } from '../../../types/containers/device.js'
import type { SlurmGres, SlurmOptions } from '../../../types/containers/runtimes.js'
import type { MigState } from '../../../types/model/state.js'
import { checkState } from '../../model/check-state.js'
import { checkOptions } from '../../model/checks/check-options.js'
import { type Rule, type RulesOf, showValue } from '../../model/checks/find-fault.js'
import { callback, flag, objectOf } from '../../model/checks/kinds.js'
import { nodesOf, requireNumbers } from '../devices/device-nodes.js'
import { listContainerDevices } from '../devices/list-devices.js'

/** Slurm's files have spaces and commas between words, a colon behind a type, and comments behind `#`. */
const nodeNames: Rule = {
  allowed: 'a node name without spaces',
  accepts: (value) => typeof value === 'string' && /^[^\s#=]+$/.test(value),
}
const typeWord = /^[^\s#=:,]+$/

const rules: RulesOf<SlurmOptions> = { autodetect: flag, nodeName: nodeNames, typeOf: callback }
const optionRules = objectOf(rules)

/**
 * What Slurm needs to know of a machine: the lines of `gres.conf`, and `Gres=` of its node. A GPU has `File=`, a MIG device
 * `MultipleFiles=` with its three nodes. Source: gres.conf(5).
 *
 * @throws MigError `MIG_DEVICE_NUMBERS_UNKNOWN` where the state has no number for a node. TypeError for wrong options.
 */
export function slurmGres(state: MigState, options: SlurmOptions = {}): SlurmGres {
  checkState('slurmGres', state)
  checkOptions('slurmGres', options, optionRules)
  const { autodetect = false, nodeName, typeOf = slurmType } = options
  const devices = listContainerDevices(state)
  const node = nodeName === undefined ? '' : `NodeName=${nodeName} `
  const types = devices.map((device) => typeOf(device))
  const counts = new Map<string, number>()
  for (const type of types) {
    if (typeof type !== 'string' || !typeWord.test(type))
      throw new TypeError(
        `slurmGres: typeOf must return a word without spaces, commas and colons, not ${showValue(type)}`,
      )
    counts.set(type, (counts.get(type) ?? 0) + 1)
  }
  const nodeGres = [...counts].map(([type, count]) => `gpu:${type}:${count}`).join(',')
  if (autodetect) return { gresConf: [`${node}AutoDetect=nvml`], nodeGres }
  const numbers = requireNumbers(state)
  const lines = devices.map((device, position) => {
    const paths = nodesOf(numbers, device).map(({ path }) => path)
    const files = device.kind === 'mig' ? 'MultipleFiles' : 'File'
    return `Name=gpu Type=${types[position]} ${files}=${paths.join(',')}`
  })
  // A line for a node can carry it; without one it is a line of its own, which counts for the whole file.
  const gresConf =
    nodeName === undefined
      ? ['AutoDetect=off', ...lines]
      : lines.map((line) => `${node}AutoDetect=off ${line}`)
  return { gresConf, nodeGres }
}

/**
 * As Slurm's own detection names it (gpu_nvml.c): the model, of a MIG device only up to the first dash, and the profile.
 * There, a `+me` and a compute instance of a part show in no name; here they do, with `.` for the `+` that no type can have.
 */
function slurmType(device: ContainerDevice): string {
  if (device.kind === 'gpu') return toWord(device.model)
  return toWord(`${device.model.split('-', 1)[0]}_${device.name}`)
}

function toWord(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('+', '.')
    .replaceAll(/[^a-z0-9._-]+/g, '_')
}
