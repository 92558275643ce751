import type {
  CounterSet,
  DeviceAttributes,
  SliceDevice,
} from '../../../types/kubernetes/dra/objects.js'
import type { ResourceSliceOptions } from '../../../types/kubernetes/dra/slices.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { AnyGpuState, MigState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { describeGpus } from '../../model/gpu-text.js'
import { listPlacedDevices } from '../../model/state.js'
import { describeUnknownGeometry } from '../../model/unknown-geometry.js'
import { requireListed } from '../../model/unlisted.js'
import { arrange } from './arrange.js'
import { gpuAttributes, migAttributes, sharedAttributes } from './attributes.js'
import { capacityAt } from './capacity.js'
import {
  byName,
  counterSetName,
  gpuDeviceName,
  migDeviceName,
  placedDeviceName,
} from './device-names.js'
import { type ModelParts, modelPartsOf } from './model-parts.js'
import { mebibytes } from './quantity.js'

/** What is published of one GPU. */
export interface GpuDevices {
  /** Null: its devices do not exclude each other. */
  readonly counterSet: CounterSet | null
  readonly devices: readonly SliceDevice[]
}

/** Kubernetes: attributes and capacities of a device together. */
const mostFacts = 32

/** Kubernetes: counters of a set. */
const mostCounters = 32

export function devicesOfGpu(
  gpu: AnyGpuState,
  { driverVersion }: MigState,
  options: ResourceSliceOptions,
): GpuDevices {
  const shared = sharedAttributes(gpu, driverVersion, options)
  if (gpu.mig?.enabled !== true) return { counterSet: null, devices: [wholeGpu(gpu, shared)] }
  const parts = modelPartsOf(gpu, driverVersion)
  if (options.partitions === 'existing')
    return { counterSet: null, devices: existingDevices(gpu, parts?.geometry ?? null, shared) }
  if (parts !== null) return possibleDevices(gpu, parts, shared, options)
  throw new MigError(
    'MIG_GEOMETRY_UNKNOWN',
    `The MIG devices of ${describeGpus([gpu])} cannot be published: ${describeUnknownGeometry(gpu, driverVersion)}`,
  )
}

function wholeGpu(gpu: AnyGpuState, shared: DeviceAttributes): SliceDevice {
  return {
    name: gpuDeviceName(gpu),
    attributes: gpuAttributes(gpu, shared),
    capacity: gpu.memoryMiB === null ? {} : { memory: { value: mebibytes(gpu.memoryMiB) } },
  }
}

function existingDevices(
  gpu: AnyGpuState,
  geometry: Geometry | null,
  shared: DeviceAttributes,
): readonly SliceDevice[] {
  const gpuName = gpuDeviceName(gpu)
  return listPlacedDevices(requireListed(gpu))
    .map((placed): SliceDevice => {
      const { profileId, placement } = placed.gpuInstance
      const { name, uuid } = placed.computeInstance
      const profile = geometry?.profiles.find(({ id }) => id === profileId)
      const attributes = migAttributes(gpu, name, shared, uuid)
      return {
        name: placedDeviceName(gpuName, placed),
        attributes,
        capacity:
          profile === undefined
            ? {}
            : capacityAt(profile, placement, mostFacts - Object.keys(attributes).length),
      }
    })
    .sort(byName)
}

function possibleDevices(
  gpu: AnyGpuState,
  { geometry, counters, places }: ModelParts,
  shared: DeviceAttributes,
  { order }: ResourceSliceOptions,
): GpuDevices {
  const gpuName = gpuDeviceName(gpu)
  const counterCount = Object.keys(counters).length
  if (counterCount > mostCounters)
    throw new MigError(
      'MIG_DRA_INVALID',
      `The MIG devices of ${describeGpus([gpu])} cannot be published: they share ${counterCount} counters, and Kubernetes takes ${mostCounters} at most`,
    )
  const counterSet = counterSetName(gpuName)
  const attributes = new Map(
    geometry.profiles.map((profile) => [profile, migAttributes(gpu, profile.name, shared)]),
  )
  const devices = places.map(({ profile, placement, capacity, counters: taken }) => ({
    place: { profile: profile.name, start: placement.start },
    device: {
      name: migDeviceName(gpuName, profile.name, profile, placement.start),
      attributes: attributes.get(profile) ?? shared,
      capacity,
      consumesCounters: [{ counterSet, counters: taken }],
    },
  }))
  return {
    counterSet: { name: counterSet, counters },
    devices:
      order === undefined
        ? devices.map(({ device }) => device).sort(byName)
        : arrange(devices, order(geometry, gpu)),
  }
}
