import type { ContainerDevice, DeviceNode } from '../../../types/containers/device.js'
import type { VisibleDialect } from '../../../types/containers/visible.js'
import type { MigState } from '../../../types/model/state.js'
import { deviceNodes, driverNodes } from '../../containers/devices/device-nodes.js'
import { listContainerDevices } from '../../containers/devices/list-devices.js'
import { systemdDeviceAllow } from '../../containers/runtimes/device-rules.js'
import { dockerArguments } from '../../containers/runtimes/docker.js'
import { slurmGres } from '../../containers/runtimes/slurm.js'
import { resolveVisibleDevices } from '../../containers/visible/resolve-visible.js'
import { isMigError } from '../../errors.js'
import { readMigState } from '../../machine/read.js'
import { readingOptions } from '../parse/machine.js'
import { choiceOf, given, textOf } from '../parse/option-values.js'
import { machineOptions, rootOption } from '../parse/options.js'
import { type OptionValues, type Terminal, UsageError, type Verb } from '../parse/verb.js'
import { alignTexts } from '../print/columns.js'

const formats = ['docker', 'systemd', 'slurm'] as const
const dialects: readonly VisibleDialect[] = ['cdi', 'legacy']

export const devicesVerb: Verb = {
  usage: '[--visible TEXT] [--format docker|systemd|slurm] [options]',
  options: {
    visible: {
      type: 'string',
      value: 'TEXT',
      help: 'only what a container with NVIDIA_VISIBLE_DEVICES=TEXT gets',
    },
    dialect: {
      type: 'string',
      value: 'WHICH',
      choices: dialects,
      fallback: 'cdi',
      help: "how NVIDIA's runtime reads the text: with CDI, or by the older hook",
    },
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: formats,
      help: 'print arguments of docker run, lines of a systemd unit, or of gres.conf',
    },
    ...rootOption,
    ...machineOptions,
  },
  async run(values, terminal) {
    const format = choiceOf(values, 'format', formats)
    const visible = textOf(values, 'visible')
    const dialect = choiceOf(values, 'dialect', dialects)
    if (dialect !== undefined && visible === undefined)
      throw new UsageError('--dialect needs --visible')
    if (format === 'slurm' && visible !== undefined)
      throw new UsageError('--format slurm lists every device, without --visible')
    if (format !== undefined && values['json'] === true)
      throw new UsageError('--format and --json cannot be combined')
    const state = await readMigState({
      ...readingOptions(values, terminal),
      ...given('root', textOf(values, 'root')),
    })
    const devices =
      visible === undefined
        ? listContainerDevices(state)
        : resolve(visible, state, dialect, terminal)
    print(state, devices, format, values, terminal)
    return 0
  },
}

function resolve(
  text: string,
  state: MigState,
  dialect: VisibleDialect | undefined,
  { err }: Terminal,
): readonly ContainerDevice[] {
  const { kind, devices, warnings } = resolveVisibleDevices(text, state, given('dialect', dialect))
  for (const warning of warnings) err(`warning: ${warning}\n`)
  if (kind === 'void') err('void: the runtime leaves the container as it is\n')
  if (kind === 'none') err('none: the container gets the driver, and no device\n')
  return devices
}

function print(
  state: MigState,
  devices: readonly ContainerDevice[],
  format: (typeof formats)[number] | undefined,
  values: OptionValues,
  { out, err }: Terminal,
): void {
  const lines = (texts: readonly string[]): void => out(texts.map((text) => `${text}\n`).join(''))
  if (format === 'docker')
    lines(devices.length === 0 ? [] : [dockerArguments(state, devices).join(' ')])
  else if (format === 'systemd')
    lines(
      systemdDeviceAllow([
        ...driverNodes(state),
        ...devices.flatMap((device) => deviceNodes(state, device)),
      ]),
    )
  else if (format === 'slurm') {
    const { gresConf, nodeGres } = slurmGres(state)
    lines([...gresConf, `# For the node in slurm.conf: Gres=${nodeGres}`])
  } else if (values['json'] === true)
    out(`${JSON.stringify({ devices: devices.map((device) => toJson(state, device)) }, null, 2)}\n`)
  else if (devices.length === 0) err('no devices for containers\n')
  else lines(alignTexts([header, ...devices.map((device) => rowOf(state, device))]))
}

const header = ['DEVICE', 'PROFILE', 'GPU', 'PLACE', 'NODES', 'UUID', 'LEGACY UUID']

function rowOf(state: MigState, device: ContainerDevice): readonly string[] {
  const { names, pciBusId } = device
  const isMig = device.kind === 'mig'
  const place = isMig && device.placement != null ? device.placement : null
  return [
    names.index,
    isMig ? device.name : '-',
    pciBusId,
    place === null ? '-' : `${place.start}:${place.size}`,
    (nodesOrNull(state, device) ?? [])
      .map(({ path }) => path.replace(/^.*\/nvidia-?/, ''))
      .join(' '),
    names.uuid ?? '-',
    isMig ? device.names.legacyUuid : '-',
  ]
}

function toJson(state: MigState, device: ContainerDevice): object {
  return { ...device, nodes: nodesOrNull(state, device) }
}

/** Null: the numbers are not known. The names are worth showing all the same. */
function nodesOrNull(state: MigState, device: ContainerDevice): readonly DeviceNode[] | null {
  try {
    return deviceNodes(state, device)
  } catch (error) {
    if (isMigError(error) && error.code === 'MIG_DEVICE_NUMBERS_UNKNOWN') return null
    throw error
  }
}
