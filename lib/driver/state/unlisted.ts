import type { Geometry, GpuInstanceProfile } from '../../../types/model/geometry.js'
import type { UnlistedGpuState, VisibleMigDevice } from '../../../types/model/state.js'
import { computeInstanceName, parseProfileName } from '../../model/profile-names.js'
import type {
  MigDeviceAttributesRow,
  MigDeviceRow,
  UnlistedInstancesSnapshot,
} from '../addon/gpu-snapshot.js'

/** What this process sees of a GPU whose instances the driver does not list to it. */
export function toUnlisted(
  { allDevices, devices }: UnlistedInstancesSnapshot,
  geometry: Geometry | null,
): Pick<UnlistedGpuState, 'gpuInstances' | 'migDevices' | 'seesAllDevices' | 'lacks'> {
  return {
    gpuInstances: null,
    migDevices: devices
      .map((row) => toMigDevice(row, geometry?.profiles ?? []))
      .sort(
        (a, b) => a.gpuInstanceId - b.gpuInstanceId || a.computeInstanceId - b.computeInstanceId,
      ),
    seesAllDevices: allDevices === 1,
    lacks: 'mig/config',
  }
}

function toMigDevice(
  [gpuInstanceId, computeInstanceId, fullName, uuid, attributes]: MigDeviceRow,
  profiles: readonly GpuInstanceProfile[],
): VisibleMigDevice {
  // `NVIDIA H100 80GB HBM3 MIG 1c.3g.40gb`: the GPU's name comes first.
  const ownName = fullName.slice(fullName.lastIndexOf('MIG ') + 'MIG '.length)
  const profile = attributes === null ? null : findProfile(attributes, ownName, profiles)
  const sliceCount = attributes?.[1] ?? null
  return {
    gpuInstanceId,
    computeInstanceId,
    uuid,
    name:
      profile === null || sliceCount === null ? ownName : computeInstanceName(profile, sliceCount),
    profileId: profile?.id ?? null,
    sliceCount,
    memoryMiB: attributes?.[2] ?? null,
  }
}

/**
 * The profile with these figures. The name decides only between profiles with equal figures: it is the name
 * of the compute instance, which leaves out a `+me` (H100, captured) and shows a `+gfx` (RTX PRO).
 */
function findProfile(
  attributes: MigDeviceAttributesRow,
  ownName: string,
  profiles: readonly GpuInstanceProfile[],
): GpuInstanceProfile | null {
  const [slices, , memory, copy, decoder, encoder, jpeg, ofa] = attributes
  const alike = profiles.filter(
    ({ sliceCount, memoryMiB, engines }) =>
      sliceCount === slices &&
      memoryMiB === memory &&
      engines.copy === copy &&
      engines.decoder === decoder &&
      engines.encoder === encoder &&
      engines.jpeg === jpeg &&
      engines.ofa === ofa,
  )
  const attributesOf = (name: string): string => attributesIn(parseProfileName(name))
  const [first, ...others] =
    alike.length > 1
      ? alike.filter(({ name }) => attributesOf(name) === attributesOf(ownName))
      : alike
  return first === undefined || others.length > 0 ? null : first
}

function attributesIn(parts: ReturnType<typeof parseProfileName>): string {
  return JSON.stringify([parts?.added, parts?.removed])
}
