import type {
  CapabilityNumbers,
  DeviceMajors,
  GpuCapabilityNumbers,
} from '../../types/model/device-numbers.js'

/** The instance to which a node below `/dev/nvidia-caps` gives access. */
export interface InstanceCapability {
  /** `/dev/nvidia<gpuMinor>` */
  readonly gpuMinor: number
  readonly gpuInstanceId: number
  /** Null: the GPU instance itself. */
  readonly computeInstanceId: number | null
}

const instanceName = /^gpu(\d+)\/gi(\d+)(?:\/ci(\d+))?\/access$/

/** Null for `config`, `monitor`, and names of another kind. */
export function parseCapabilityName(name: string): InstanceCapability | null {
  const [, gpu, gi, ci] = instanceName.exec(name) ?? []
  if (gpu === undefined) return null
  return {
    gpuMinor: Number(gpu),
    gpuInstanceId: Number(gi),
    computeInstanceId: ci === undefined ? null : Number(ci),
  }
}

/**
 * The numbers in the driver's list that concern some GPUs. The list has all possible instances of 32 GPUs, and
 * looking up the names of a few is faster than taking all of them apart.
 */
export function toCapabilityNumbers(
  minors: ReadonlyMap<string, number>,
  gpuMinors: readonly number[],
): CapabilityNumbers {
  return {
    config: minors.get('config') ?? null,
    monitor: minors.get('monitor') ?? null,
    gpus: gpuMinors
      .map((gpuMinor) => numbersOf(minors, gpuMinor))
      .filter(({ gpuInstances }) => gpuInstances.length > 0),
  }
}

// Ids of GPU instances go up to 14, of compute instances up to 7 (open-gpu-kernel-modules, nv-caps.c).
const gpuInstanceIds = Array.from({ length: 16 }, (_, id) => id)
const computeInstanceIds = Array.from({ length: 9 }, (_, id) => id)

function numbersOf(minors: ReadonlyMap<string, number>, gpuMinor: number): GpuCapabilityNumbers {
  const gpuInstances = gpuInstanceIds.map(
    (gi) => minors.get(`gpu${gpuMinor}/gi${gi}/access`) ?? null,
  )
  const computeInstances = gpuInstances.map((minor, gi) =>
    minor === null
      ? []
      : withoutTail(
          computeInstanceIds.map(
            (ci) => minors.get(`gpu${gpuMinor}/gi${gi}/ci${ci}/access`) ?? null,
          ),
        ),
  )
  const listed = withoutTail(gpuInstances)
  return {
    gpuMinor,
    gpuInstances: listed,
    computeInstances: computeInstances.slice(0, listed.length),
  }
}

function withoutTail(numbers: readonly (number | null)[]): readonly (number | null)[] {
  return numbers.slice(0, numbers.findLastIndex((number) => number !== null) + 1)
}

/** The devices of the NVIDIA driver among those of `/proc/devices`. */
export function toDeviceMajors(majors: ReadonlyMap<string, number>): DeviceMajors {
  // One name for all of them before R550.40.
  const frontend = majors.get('nvidia-frontend') ?? null
  return {
    gpu: majors.get('nvidia') ?? frontend,
    modeset: majors.get('nvidia-modeset') ?? frontend,
    uvm: majors.get('nvidia-uvm') ?? null,
    capabilities: majors.get('nvidia-caps') ?? null,
  }
}
