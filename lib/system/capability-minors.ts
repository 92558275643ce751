import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The instance to which a node below `/dev/nvidia-caps` gives access. */
export interface InstanceCapability {
  /** `/dev/nvidia<gpuMinor>` */
  readonly gpuMinor: number
  readonly gpuInstanceId: number
  /** Null: the GPU instance itself. */
  readonly computeInstanceId: number | null
}

/** Keyed by the minor number of the node. */
export type CapabilityMinors = ReadonlyMap<number, InstanceCapability>

const entry = /^gpu(\d+)\/gi(\d+)(?:\/ci(\d+))?\/access (\d+)$/

/**
 * Every possible capability of an instance, as the driver lists them. Without that list, the capabilities of
 * the instances that exist (MIG User Guide, device nodes and capabilities).
 */
export function readCapabilityMinors(root: string): CapabilityMinors {
  const list = join(root, 'proc/driver/nvidia-caps/mig-minors')
  if (!existsSync(list)) return readLiveCapabilities(join(root, 'proc/driver/nvidia/capabilities'))
  const minors = new Map<number, InstanceCapability>()
  for (const line of readFileSync(list, 'utf8').split('\n')) {
    const [, gpu, gi, ci, minor] = entry.exec(line.trim()) ?? []
    if (minor !== undefined) minors.set(Number(minor), capability(gpu, gi, ci))
  }
  return minors
}

function readLiveCapabilities(folder: string): CapabilityMinors {
  const minors = new Map<number, InstanceCapability>()
  for (const [gpu, gpuFolder] of numbered(folder, 'gpu')) {
    for (const [gi, giFolder] of numbered(join(gpuFolder, 'mig'), 'gi')) {
      keep(minors, giFolder, capability(gpu, gi, undefined))
      for (const [ci, ciFolder] of numbered(giFolder, 'ci'))
        keep(minors, ciFolder, capability(gpu, gi, ci))
    }
  }
  return minors
}

function keep(
  minors: Map<number, InstanceCapability>,
  folder: string,
  instance: InstanceCapability,
): void {
  const access = join(folder, 'access')
  if (!existsSync(access)) return
  const minor = /^DeviceFileMinor:\s*(\d+)$/m.exec(readFileSync(access, 'utf8'))?.[1]
  if (minor !== undefined) minors.set(Number(minor), instance)
}

function capability(
  gpu: string | undefined,
  gi: string | undefined,
  ci: string | undefined,
): InstanceCapability {
  return {
    gpuMinor: Number(gpu),
    gpuInstanceId: Number(gi),
    computeInstanceId: ci === undefined ? null : Number(ci),
  }
}

/** The folders `<prefix><number>` in a folder, with their numbers. */
function numbered(folder: string, prefix: string): readonly (readonly [string, string])[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => [name.slice(prefix.length), join(folder, name)])
}
