import type { Geometry } from '../../../types/model/geometry.js'
import type {
  AnyGpuState,
  ComputeInstance,
  GpuInfo,
  GpuInstance,
  GpuState,
  LostGpu,
  MigMode,
  MigState,
} from '../../../types/model/state.js'
import type { MigError, NvmlError } from '../../errors.js'
import { deepFreeze } from '../../model/freeze.js'
import { completeGeometry } from '../../model/geometry.js'
import { requireListed } from '../../model/unlisted.js'
import { nvmlCodeName, nvmlReturn } from '../../nvml-codes.js'
import type {
  ComputeInstanceRow,
  FailedGpuSnapshot,
  GpuInstanceRow,
  GpuSnapshot,
  ReadGpuSnapshot,
} from '../addon/gpu-snapshot.js'
import { failureError } from '../addon/outcome.js'
import type { Connection } from '../connection/connection.js'
import { toGeometry } from './geometry.js'
import { toUnlisted } from './unlisted.js'

const bytesPerMiB = 2 ** 20

export interface StateReader {
  /** Throws the error of a GPU that could not be read. Lost GPUs are only listed. */
  readState(snapshot: readonly string[]): MigState
  /**
   * Null if the GPU is lost. Throws the error of this GPU, or `MIG_NO_PERMISSION` if the driver does not list
   * its instances to this process.
   */
  readGpu(snapshot: string): GpuState | null
}

interface ReadText {
  readonly text: string
  readonly gpu: AnyGpuState | FailedGpuSnapshot
}

/**
 * Reads the addon's snapshots of one machine. A GPU whose text has not changed since the snapshot before is
 * the same object again, and GPUs with the same profiles share one geometry.
 */
export function createStateReader(
  connection: Pick<Connection, 'driverVersion' | 'profileTable'>,
): StateReader {
  let before: readonly ReadText[] = []
  const geometries = new Map<string, Geometry>()

  function findGeometry({ profiles, memoryTotal }: ReadGpuSnapshot): Geometry | null {
    if (profiles === null) return null
    const key = `${profiles} ${memoryTotal}`
    const known = geometries.get(key)
    if (known !== undefined) return known
    const geometry = toGeometry(connection.profileTable(profiles), memoryTotal)
    geometries.set(key, geometry)
    return geometry
  }

  function readText(text: string, known: ReadText | undefined): ReadText {
    if (known?.text === text) return known
    const gpu: GpuSnapshot = JSON.parse(text)
    return { text, gpu: gpu.failure === null ? toGpuState(gpu, findGeometry(gpu)) : gpu }
  }

  function readTexts(snapshot: readonly string[]): readonly ReadText[] {
    before = snapshot.map((text, position) => readText(text, before[position]))
    return before
  }

  function readOne(text: string): ReadText {
    const known = before.find((each) => each.text === text)
    if (known !== undefined) return known
    const read = readText(text, undefined)
    before = before.map((each) => (each.gpu.uuid === read.gpu.uuid ? read : each))
    return read
  }

  return {
    readState(snapshot) {
      const gpus: AnyGpuState[] = []
      const lostGpus: LostGpu[] = []
      for (const { gpu } of readTexts(snapshot)) {
        if (!('failure' in gpu)) gpus.push(gpu)
        else if (isLost(gpu)) lostGpus.push({ index: gpu.index, uuid: gpu.uuid })
        else throw failureOf(gpu)
      }
      return deepFreeze({ driverVersion: connection.driverVersion, gpus, lostGpus })
    },

    readGpu(text) {
      const { gpu } = readOne(text)
      if (!('failure' in gpu)) return deepFreeze(requireListed(gpu))
      if (isLost(gpu)) return null
      throw failureOf(gpu)
    },
  }
}

function isLost({ failure }: FailedGpuSnapshot): boolean {
  return failure.ret === nvmlReturn.gpuIsLost
}

function failureOf({ index, uuid, failure }: FailedGpuSnapshot): MigError | NvmlError {
  const subject = uuid === null ? {} : { gpu: uuid }
  const name = uuid === null ? `GPU ${index}` : `GPU ${index} (${uuid})`
  const message = `${failure.fn} on ${name}: ${nvmlCodeName(failure.ret)}`
  return failureError(failure, subject, message)
}

/** The driver's answers about one GPU as a state. */
function toGpuState(gpu: ReadGpuSnapshot, geometry: Geometry | null): AnyGpuState {
  const info = toGpuInfo(gpu, geometry)
  if (gpu.unlisted !== null)
    return {
      ...info,
      ...toUnlisted(gpu.unlisted, geometry ?? completeGeometry({ ...info, geometry })),
    }
  return {
    ...info,
    gpuInstances: gpu.gpuInstances
      .map((row) => toGpuInstance(row, gpu.computeInstances, geometry))
      .sort((a, b) => a.placement.start - b.placement.start),
  }
}

function toGpuInfo(gpu: ReadGpuSnapshot, geometry: Geometry | null): GpuInfo {
  return {
    index: gpu.index,
    uuid: gpu.uuid,
    name: gpu.name,
    pciBusId: gpu.pciBusId,
    pciDeviceId: gpu.pciDeviceId,
    pciSubsystemId: gpu.pciSubsystemId,
    minorNumber: gpu.minorNumber,
    memoryMiB: gpu.memoryTotal === null ? null : Math.floor(gpu.memoryTotal / bytesPerMiB),
    mig: toMigMode(gpu),
    geometry,
  }
}

function toMigMode({ migMode }: ReadGpuSnapshot): MigMode | null {
  return migMode === null
    ? null
    : { enabled: migMode.current === 1, pending: migMode.pending === 1 }
}

function toGpuInstance(
  [id, profileId, start, size]: GpuInstanceRow,
  computeInstances: readonly ComputeInstanceRow[],
  geometry: Geometry | null,
): GpuInstance {
  const profile = geometry?.profiles.find((each) => each.id === profileId)
  return {
    id,
    profileId,
    profileName: profile?.name ?? `profile ${profileId}`,
    placement: { start, size },
    computeInstances: computeInstances
      .filter(([gpuInstanceId]) => gpuInstanceId === id)
      .map((row) => toComputeInstance(row, profile))
      .sort((a, b) => (a.placement?.start ?? a.id) - (b.placement?.start ?? b.id)),
  }
}

function toComputeInstance(
  [, id, profileId, start, size, uuid]: ComputeInstanceRow,
  gpuInstanceProfile: Geometry['profiles'][number] | undefined,
): ComputeInstance {
  const profile = gpuInstanceProfile?.computeInstanceProfiles?.find((each) => each.id === profileId)
  return {
    id,
    profileId,
    name: profile?.name ?? `profile ${profileId}`,
    sliceCount: profile?.sliceCount ?? 0,
    placement: start === null || size === null ? null : { start, size },
    uuid,
  }
}
