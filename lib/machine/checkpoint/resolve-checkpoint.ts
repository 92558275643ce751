import type { ConfigIssue } from '../../../types/config/config.js'
import type { CheckpointGpu } from '../../../types/machine/checkpoint.js'
import type { MigCode } from '../../../types/model/errors.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { GpuState, GpuUuid, ListedMigState } from '../../../types/model/state.js'
import { describeFault } from '../../config/resolve/describe-fault.js'
import { MigError } from '../../errors.js'
import { describeIssues, nowhere } from '../../model/document-path.js'
import { completeGeometry } from '../../model/geometry.js'
import { describeGpus } from '../../model/gpu-text.js'
import { normaliseProfileName } from '../../model/profile-names.js'
import { findGpu } from '../../model/state.js'
import type { WantedGpu, WantedMachine } from '../../model/wanted.js'
import { checkLayout } from '../../solver/layout/check-layout.js'
import { type RecordedGpu, translateDevice } from './parted-checkpoint.js'
import type { ReadCheckpoint } from './read-checkpoint.js'

/** The GPUs of a checkpoint. */
export function uuidsOf({ kind, checkpoint }: ReadCheckpoint): readonly GpuUuid[] {
  return kind === 'own'
    ? checkpoint.gpus.map(({ uuid }) => uuid)
    : (checkpoint.MigState.Devices ?? []).map(({ UUID }) => UUID as GpuUuid)
}

/**
 * What a checkpoint wants of each of its GPUs. Throws `MIG_GPU_NOT_FOUND`, `MIG_GPU_LOST` or `MIG_NOT_SUPPORTED` with all
 * GPUs that it concerns, `MIG_GEOMETRY_UNKNOWN`, and `MIG_CHECKPOINT_INVALID` for instances that its GPU cannot have.
 * `asksAgain`: a mode that was pending in the checkpoint, and is not now, is set again.
 */
export function resolveCheckpoint(
  read: ReadCheckpoint,
  state: ListedMigState,
  asksAgain = false,
): WantedMachine {
  const uuids = uuidsOf(read)
  const twice = uuids.filter((uuid, position) => uuids.indexOf(uuid) < position)
  refuse('MIG_CHECKPOINT_INVALID', 'The checkpoint has a GPU twice', twice)
  const lost = uuids.filter((uuid) => state.lostGpus.some((gpu) => gpu.uuid === uuid))
  refuse('MIG_GPU_LOST', 'A GPU of the checkpoint has fallen off the bus', lost)
  const missing = uuids.filter((uuid) => findGpu(state, uuid) === null)
  const unknown = state.lostGpus.filter(({ uuid }) => uuid === null).map(({ index }) => index)
  if (unknown.length > 0)
    refuse(
      'MIG_GPU_LOST',
      `GPU ${unknown.join(', ')} has fallen off the bus, and a GPU of the checkpoint is missing`,
      missing,
    )
  refuse(
    'MIG_GPU_NOT_FOUND',
    `The checkpoint is not for this machine, which has ${describeGpus(state.gpus)} but not`,
    missing,
  )
  const wanted = uuids.flatMap((uuid, entry): WantedGpu[] => {
    const gpu = findGpu(state, uuid)
    if (gpu === null) return []
    const recorded = recordOf(read, entry, gpu, state.driverVersion)
    if (recorded === null) return []
    if (read.kind === 'own') refuseOtherModel(read.checkpoint.gpus[entry], gpu)
    return [wantedGpu(gpu, entry, recorded, state.driverVersion, asksAgain)]
  })
  // Our checkpoints have only GPUs that support MIG; mig-parted's have other GPUs too, with MIG off.
  const incapable = wanted.filter(
    ({ gpu, migEnabled }) => gpu.mig === null && (migEnabled || read.kind === 'own'),
  )
  refuse(
    'MIG_NOT_SUPPORTED',
    'The checkpoint has a MIG mode for a GPU that does not support MIG, as the driver reports',
    incapable.map(({ gpu }) => gpu.uuid),
  )
  return {
    config: 'checkpoint',
    gpus: wanted
      .filter(({ gpu }) => gpu.mig !== null)
      .toSorted((a, b) => a.gpu.index - b.gpu.index),
    groups: [],
    warnings: [],
    locate: nowhere,
  }
}

function recordOf(
  { kind, checkpoint }: ReadCheckpoint,
  entry: number,
  gpu: GpuState,
  driverVersion: string,
): RecordedGpu | null {
  if (kind === 'own') return checkpoint.gpus[entry] ?? null
  const device = checkpoint.MigState.Devices?.[entry]
  return device === undefined ? null : translateDevice(device, gpu, driverVersion)
}

function wantedGpu(
  gpu: GpuState,
  entry: number,
  { mig, gpuInstances: placements }: RecordedGpu,
  driverVersion: string,
  asksAgain: boolean,
): WantedGpu {
  if (!mig.enabled && placements.length > 0)
    throw invalid(
      `The checkpoint has MIG mode off on GPU ${gpu.index} (${gpu.name}), but has GPU instances on it`,
    )
  const geometry = completeGeometry(gpu, driverVersion)
  if (geometry !== null) refuseOtherNames(gpu, placements, geometry)
  const issues = (geometry === null ? [] : checkLayout(geometry, placements)).map(
    (fault): ConfigIssue => ({
      message: describeFault(fault, geometry ?? { profiles: [] }),
      path: ['gpus', entry, 'gpuInstances'],
    }),
  )
  if (issues.length > 0)
    throw new MigError(
      'MIG_CHECKPOINT_INVALID',
      describeIssues(
        `The checkpoint has instances that GPU ${gpu.index} (${gpu.name}) cannot have`,
        issues,
      ),
      { issues },
    )
  const { enabled, pending } = mig
  // A requested mode that waits for a reset stays requested.
  const isWaiting = gpu.mig?.enabled === enabled && gpu.mig.pending === pending
  const waits = pending !== enabled && (isWaiting || asksAgain)
  return {
    gpu,
    entry,
    migEnabled: enabled,
    geometry,
    wanted: [],
    placements,
    ...(waits ? { migPending: pending } : {}),
  }
}

/** Only an edited checkpoint, or one of a simulated machine, has the UUID of a GPU of another model. */
function refuseOtherModel(recorded: CheckpointGpu | undefined, { index, name }: GpuState): void {
  if (recorded === undefined || isSameModel(recorded.name, name)) return
  throw invalid(
    `The checkpoint is of another model than GPU ${index}: ${recorded.name}, not ${name}`,
  )
}

/** Drivers before R465 leave out the name of the maker. */
function isSameModel(one: string, other: string): boolean {
  return one.replace(/^NVIDIA /, '') === other.replace(/^NVIDIA /, '')
}

/** The same id can mean another profile on another GPU or with another driver. */
function refuseOtherNames(
  { index, name }: GpuState,
  placements: RecordedGpu['gpuInstances'],
  { profiles }: Geometry,
): void {
  for (const { profileId, profileName } of placements) {
    const profile = profiles.find(({ id }) => id === profileId)
    if (profile === undefined) continue
    if (normaliseProfileName(profile.name) === normaliseProfileName(profileName)) continue
    throw invalid(
      `The checkpoint has ${profileName} with the id ${profileId}, which on GPU ${index} (${name}) is ${profile.name}`,
    )
  }
}

function invalid(message: string): MigError {
  return new MigError('MIG_CHECKPOINT_INVALID', message)
}

function refuse(code: MigCode, what: string, gpus: readonly string[]): void {
  if (gpus.length > 0) throw new MigError(code, `${what}: ${gpus.join(', ')}`)
}
