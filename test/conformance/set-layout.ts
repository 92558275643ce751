import { type Nvml, openNvml } from '../../lib/nvml.js'
import type { GpuState } from '../../types/model/state.js'
import type { SimulatedMachine } from '../../types/simulator/machine.js'
import { readMigState } from '../support/read-state.js'

/** Brings a machine to the start of a case, only through NVML. Null: MIG off; absent GPUs stay as they are. */
export async function setLayout(
  { library }: SimulatedMachine,
  layout: readonly (readonly string[] | null)[],
): Promise<void> {
  await using nvml = await openNvml({ library })
  const { gpus } = await readMigState({ library })
  for (const [index, instances] of layout.entries()) {
    const gpu = gpus[index]
    if (gpu === undefined) throw new Error(`no GPU ${index}`)
    for (const { id, computeInstances } of gpu.gpuInstances) {
      for (const part of computeInstances) await nvml.computeInstanceDestroy(gpu.uuid, id, part.id)
      await nvml.gpuInstanceDestroy(gpu.uuid, id)
    }
    if (gpu.mig?.enabled !== (instances !== null))
      await nvml.deviceSetMigMode(gpu.uuid, instances === null ? 0 : 1)
    for (const text of instances ?? []) await createInstance(nvml, gpu, text)
  }
}

/** `3g.20gb@4`, or `4g.20gb@0 bare`. */
async function createInstance(
  nvml: Nvml,
  { uuid, geometry }: GpuState,
  text: string,
): Promise<void> {
  const [, name, start, bare] = /^(\S+)@(\d+)( bare)?$/.exec(text) ?? []
  const profile = geometry?.profiles.find((each) => each.name === name)
  const placement = profile?.placements.find((each) => each.start === Number(start))
  if (profile === undefined || placement === undefined) throw new Error(`no ${text}`)
  const made = await nvml.deviceCreateGpuInstanceWithPlacement(uuid, profile.id, placement)
  if (bare !== undefined) return
  const whole = profile.computeInstanceProfiles?.find(
    ({ sliceCount }) => sliceCount === profile.sliceCount,
  )
  // The full compute instance has the index of its number of slices less one, but for 4g and 7g.
  const index = { 1: 0, 2: 1, 3: 2, 4: 3, 7: 4 }[profile.sliceCount]
  const info =
    whole ?? (await nvml.gpuInstanceGetComputeInstanceProfileInfo(uuid, made.id, index ?? 0))
  await nvml.gpuInstanceCreateComputeInstance(uuid, made.id, info.id)
}
