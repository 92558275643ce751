import type { ContainerDevice } from '../../../types/containers/device.js'
import { isCdiDeviceName } from '../cdi/names.js'
import type { Found, Inventory } from './inventory.js'

/** A word as a runtime with CDI reads it: a name of a specification, with or without its kind, or the legacy UUID. */
export function findByCdi(word: string, inventory: Inventory, kinds: readonly string[]): Found {
  const separator = word.indexOf('=')
  if (separator < 0) return findByName(word, inventory)
  const kind = word.slice(0, separator)
  const name = word.slice(separator + 1)
  if (!kinds.includes(kind)) return { problem: `the kind ${kind} is none of ${kinds.join(', ')}` }
  if (name === 'all') return { devices: inventory.all }
  if (name === 'none') return { devices: [] }
  if (!isCdiDeviceName(name) && kind !== madeAtStart) return refuseName(name, inventory)
  const found = findByName(name, inventory)
  const whole = 'devices' in found ? found.devices.find(isDivided) : undefined
  return whole === undefined || kind === madeAtStart
    ? found
    : { problem: `GPU ${whole.gpuIndex} has MIG on, so that it is no device of a specification` }
}

/** NVIDIA's runtime makes a specification of this kind when the container starts, and asks NVML for each name. */
const madeAtStart = 'runtime.nvidia.com/gpu'

function isDivided(device: ContainerDevice): boolean {
  return device.kind === 'gpu' && device.migEnabled
}

function findByName(name: string, { gpus, migDevices }: Inventory): Found {
  const normal = withoutZeros(name)
  const gpu = gpus.find(
    ({ names }) => names.index === normal || names.typeIndex === name || names.uuid === name,
  )
  if (gpu !== undefined) return { devices: [gpu] }
  const mig = migDevices.find(
    ({ names }) =>
      names.index === normal ||
      names.typeIndex === name ||
      names.uuid === name ||
      names.legacyUuid === name,
  )
  if (mig !== undefined) return { devices: [mig] }
  return explain(name, { gpus, migDevices })
}

/** NVIDIA's library reads `007:01` as 7:1 (go-nvlib, identifier.go). */
function withoutZeros(name: string): string {
  return /^\d+(?::\d+)?$/.test(name)
    ? name
        .split(':')
        .map((digits) => `${BigInt(digits)}`)
        .join(':')
    : name
}

/** A name that no specification can have, and the one to use instead. */
function refuseName(name: string, { migDevices }: Inventory): Found {
  const device = migDevices.find(({ names }) => names.legacyUuid === name)
  const problem = 'a name of CDI has only letters, digits and _ - . :'
  if (device === undefined) return { problem, ...byProfile(name, migDevices) }
  return { problem, hint: `write ${device.names.uuid ?? device.names.index}` }
}

function explain(
  name: string,
  { gpus, migDevices }: Pick<Inventory, 'gpus' | 'migDevices'>,
): Found {
  const [, index, migIndex] = /^(\d+)(?::(\d+))?$/.exec(name) ?? []
  if (index !== undefined) {
    const gpu = gpus.find(({ gpuIndex }) => gpuIndex === Number(index))
    if (gpu === undefined) return { problem: `there is no GPU ${Number(index)}` }
    if (!gpu.migEnabled)
      return {
        problem: `GPU ${gpu.gpuIndex} has MIG off`,
        hint: `write ${gpu.gpuIndex} for the whole GPU`,
      }
    return { problem: `GPU ${gpu.gpuIndex} has no MIG device ${Number(migIndex)}` }
  }
  const address = gpus.find(({ pciBusId }) => pciBusId.toLowerCase().endsWith(name.toLowerCase()))
  if (address !== undefined && name.includes(':'))
    return { problem: 'CDI has no PCI addresses', hint: `write ${address.names.index}` }
  const alike = [...gpus, ...migDevices]
    .flatMap(({ names }): (string | null)[] => Object.values(names))
    .find((each) => each?.toLowerCase() === name.toLowerCase())
  if (alike != null) return { problem: 'capital letters count', hint: `write ${alike}` }
  if (name.startsWith('MIG-'))
    return {
      problem: 'there is no MIG device with this UUID',
      hint: 'the UUID of a MIG device changes when it is created again',
    }
  if (name.startsWith('GPU-')) return { problem: 'there is no GPU with this UUID' }
  return { problem: 'it names no device', ...byProfile(name, migDevices) }
}

/** Names of profiles are no names of devices, as there are several of one profile. */
function byProfile(name: string, migDevices: Inventory['migDevices']): { readonly hint?: string } {
  const devices = migDevices.filter((device) => device.name === name)
  return devices.length === 0
    ? {}
    : {
        hint: `devices of the profile ${name}: ${devices.map(({ names }) => names.index).join(', ')}`,
      }
}
