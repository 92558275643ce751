import type { NodeLayout } from '../../../types/kubernetes/node-layout.js'
import type {
  GpuRebalance,
  NodeRebalance,
  PlannedInstance,
} from '../../../types/kubernetes/rebalance.js'
import type { GpuPlan, MigPlan, PlanStep } from '../../../types/machine/plan.js'
import type { GpuState } from '../../../types/model/state.js'

/** The change of a node as a plan of its machine, for pictures and texts. */
export function planOfChange({ state }: NodeLayout, { node, gpus }: NodeRebalance): MigPlan {
  return {
    config: node,
    gpus: (state.gpus as readonly GpuState[]).flatMap((gpu) => {
      const change = gpus.find((each) => each.gpu === gpu.uuid)
      return change === undefined ? [] : [planOfGpu(gpu, change)]
    }),
    warnings: [],
  }
}

function planOfGpu(gpu: GpuState, { mode, destroyed, created, layout }: GpuRebalance): GpuPlan {
  const where = { gpu: gpu.uuid, gpuIndex: gpu.index }
  const existing = (at: GpuRebalance['layout'][number]) =>
    gpu.gpuInstances.find(
      ({ profileId, placement }) =>
        profileId === at.profileId && placement.start === at.placement.start,
    )
  const steps: readonly PlanStep[] = [
    ...destroyed.flatMap((at): readonly PlanStep[] => {
      const instance = existing(at)
      return [
        ...(instance?.computeInstances ?? []).map(
          (part): PlanStep => ({
            kind: 'destroy-compute-instance',
            ...where,
            gpuInstanceId: instance?.id ?? -1,
            computeInstanceId: part.id,
            profileId: part.profileId,
            name: part.name,
            sliceCount: part.sliceCount,
            placement: part.placement,
            gpuInstancePlacement: at.placement,
            uuid: part.uuid,
          }),
        ),
        {
          kind: 'destroy-gpu-instance',
          ...where,
          gpuInstanceId: instance?.id ?? -1,
          profileId: at.profileId,
          profileName: at.size,
          placement: at.placement,
        },
      ]
    }),
    ...(mode === null
      ? []
      : [{ kind: 'set-mig-mode', ...where, enabled: mode === 'on' } satisfies PlanStep]),
    ...created.flatMap((at): readonly PlanStep[] => [
      {
        kind: 'create-gpu-instance',
        ...where,
        profileId: at.profileId,
        profileName: at.size,
        placement: at.placement,
      },
      {
        kind: 'create-compute-instance',
        ...where,
        gpuInstancePlacement: at.placement,
        gpuInstanceProfileId: at.profileId,
        ...wholeOf(gpu, at),
      },
    ]),
  ]
  return {
    ...where,
    entry: 0,
    steps,
    target: {
      migEnabled: mode === null ? gpu.mig?.enabled === true : mode === 'on',
      gpuInstances: layout.map((at) => {
        return {
          profileId: at.profileId,
          profileName: at.size,
          placement: at.placement,
          computeInstances: existing(at)?.computeInstances ?? [wholeOf(gpu, at)],
        }
      }),
    },
  }
}

/** The compute instance that fills a new GPU instance. */
function wholeOf({ geometry }: GpuState, { profileId, size }: PlannedInstance) {
  const sliceCount = geometry?.profiles.find(({ id }) => id === profileId)?.sliceCount ?? 1
  return { name: size, sliceCount, placement: { start: 0, size: sliceCount } }
}
