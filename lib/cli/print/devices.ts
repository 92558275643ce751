import type { GpuProcess, MigDevice, MigState } from '../../../types/model/state.js'
import type { GpuUsage, MigDeviceUsage, UsedMigState } from '../../../types/model/usage.js'
import { formatIndexRanges } from '../../model/gpu-text.js'
import { groupBy } from '../../model/group-by.js'
import { listMigDevices } from '../../model/mig-devices.js'
import { formatPlacement } from '../../model/placement.js'
import { describeProcess } from '../../model/process-text.js'

const indent = '       '

/**
 * The MIG devices, each with its GPU, its ids and its UUID, so that one line is enough for `grep`. Where the usage is
 * known, also profile, placement and memory, and a line for each process.
 */
export function describeDevices(
  state: MigState | UsedMigState,
  columns: number,
): readonly string[] {
  const lines = listMigDevices(state).flatMap((device) => {
    if (!('usage' in state)) return [identityOf(device)]
    const usage = state.usage.find(({ gpu }) => gpu === device.gpu)
    const memory = usage?.migDevices.find((each) => isAt(each, device))
    const processes = usage?.processes.filter((each) => isAt(each, device)) ?? []
    return [
      ...beside(identityOf(device), detailsOf(device, memory), columns),
      ...processes.map((process) => shorten(`${indent}${describeUse(process)}`, columns)),
    ]
  })
  if (!('usage' in state)) return lines
  const others = state.usage.flatMap((usage) => describeOthers(usage, state, columns))
  return [...lines, ...others, ...describeUnknown(state.usage)]
}

function identityOf({ gpuIndex, gpuInstanceId, computeInstanceId, name, uuid }: MigDevice): string {
  const place = `GI ${String(gpuInstanceId).padStart(2)}  CI ${computeInstanceId}`
  return `GPU ${gpuIndex}  ${name.padEnd(12)} ${place}  ${uuid ?? ''}`.trimEnd()
}

/** `profile 9 at 4:4, slices 0:1, 512 of 19968 MiB used` */
function detailsOf(device: MigDevice, memory: MigDeviceUsage | undefined): string {
  const { profileId, placement, computePlacement, name, profileName } = device
  const place = placement === null ? '' : ` at ${formatPlacement(placement)}`
  const slices =
    computePlacement === null || name === profileName
      ? []
      : [`slices ${formatPlacement(computePlacement)}`]
  return [
    ...(profileId === null ? [] : [`profile ${profileId}${place}`]),
    ...slices,
    ...(memory === undefined || memory.usedMemoryMiB === null
      ? []
      : [`${memory.usedMemoryMiB} of ${memory.totalMemoryMiB} MiB used`]),
  ].join(', ')
}

function beside(left: string, right: string, columns: number): readonly string[] {
  if (right === '') return [left]
  const line = `${left}  ${right}`
  return line.length <= columns ? [line] : [left, `${indent}${right}`]
}

interface Address {
  readonly gpuInstanceId: number | null
  readonly computeInstanceId: number | null
}

function isAt(a: Address, b: Address): boolean {
  return a.gpuInstanceId === b.gpuInstanceId && a.computeInstanceId === b.computeInstanceId
}

function describeUse(process: GpuProcess): string {
  const { usedMemoryMiB } = process
  return `${usedMemoryMiB === null ? '' : `${usedMemoryMiB} MiB  `}${describeProcess(process)}`
}

function shorten(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, columns - 1)}…`
}

/** The processes on no MIG device of the list. */
function describeOthers(
  { gpu, gpuIndex, processes }: GpuUsage,
  state: UsedMigState,
  columns: number,
): readonly string[] {
  const devices = listMigDevices(state).filter((device) => device.gpu === gpu)
  return processes
    .filter((process) => !devices.some((device) => isAt(device, process)))
    .map((process) =>
      shorten(`GPU ${gpuIndex}  ${placeOf(process)}  ${describeUse(process)}`, columns),
    )
}

/** What the driver did not report, one line for GPUs that lack the same. */
function describeUnknown(usage: readonly GpuUsage[]): readonly string[] {
  const unknown = usage.flatMap(({ gpuIndex, unreadable }) =>
    [...groupBy(unreadable, ({ code }) => code)].map(([code, entries]) => ({
      gpuIndex,
      text: `${subjectOf(new Set(entries.map(({ what }) => what)))} (${code})`,
    })),
  )
  return [...groupBy(unknown, ({ text }) => text)].map(([text, same]) => {
    const indexes = same.map(({ gpuIndex }) => gpuIndex)
    return `GPU ${formatIndexRanges(indexes)}: not known: ${text}`
  })
}

function placeOf({ gpuInstanceId, computeInstanceId }: GpuProcess): string {
  if (gpuInstanceId === null) return 'whole GPU'
  return computeInstanceId === null
    ? `GI ${gpuInstanceId}`
    : `GI ${gpuInstanceId}  CI ${computeInstanceId}`
}

function subjectOf(what: ReadonlySet<string>): string {
  const subjects = { memory: 'memory in use', processes: 'processes of other users' }
  return Object.entries(subjects)
    .flatMap(([word, subject]) => (what.has(word) ? [subject] : []))
    .join(', ')
}
