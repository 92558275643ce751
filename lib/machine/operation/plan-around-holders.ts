import type { GpuPlan, MigPlan } from '../../../types/machine/plan.js'
import type { GpuHolder, GpuUuid } from '../../../types/model/state.js'
import { listCandidates, type WantedGpu, type WantedMachine } from '../../model/wanted.js'
import type { PlanningOptions } from '../../plan/gpu/planning.js'
import { planMachine } from '../../plan/plan-machine.js'
import { withGivenAway } from './given-away.js'
import type { ApplyOperation } from './operation.js'

/**
 * Plans, finds the processes in the way of that plan, and plans around them. Where nothing differs, it searches for
 * none. Other processes' open files are read only where something would be destroyed, or a MIG mode changed.
 *
 * Throws `MIG_IN_USE` where there is no way around them, unless `evict` lets the plan go through.
 */
export async function planAroundHolders(
  { session, control: { signal }, settings: { modeOnly, skipReset, evict, inUse } }: ApplyOperation,
  wanted: WantedMachine,
): Promise<MigPlan> {
  const { driverVersion } = session
  const options: PlanningOptions = { modeOnly, skipReset, evict: evict !== false, driverVersion }
  const plan = planMachine(wanted, undefined, options)
  const changing = plan.gpus.filter((gpu) => gpu.steps.length > 0)
  if (changing.length === 0) return plan

  const modeByReset = new Set<GpuUuid>()
  // Where entries choose their GPUs, the processes on the other candidates matter too.
  const candidates = listCandidates(wanted)
  const changingModes = [
    ...changing.filter(changesMode).map(({ gpu }) => gpu),
    ...candidates.filter(wantsOtherMode).map(({ gpu }) => gpu.uuid),
  ]
  for (const gpu of new Set(changingModes))
    if (await session.changesModeByReset(gpu, { signal })) modeByReset.add(gpu)
  const scan = changing.some((gpu) => changesMode(gpu) || destroys(gpu))
  const gpus = [
    ...new Set([...changing.map(({ gpu }) => gpu), ...candidates.map(({ gpu }) => gpu.uuid)]),
  ]
  const read = await session.readHolders(gpus, { scan, signal })
  const { unreadable } = read
  const states = [...wanted.gpus, ...candidates].map(({ gpu }) => gpu)
  const processes = withGivenAway(read.processes, states, inUse)
  const anybody = [...processes].some(([gpu, list]) =>
    list.some((process) => process.opensNodeOnly !== true || modeByReset.has(gpu)),
  )
  const around =
    anybody || modeByReset.size > 0
      ? planMachine(wanted, processes, { ...options, modeByReset })
      : plan
  return {
    ...around,
    gpus: around.gpus.map((gpu) => (modeByReset.has(gpu.gpu) ? withReset(gpu) : gpu)),
    warnings: unreadable === 0 ? around.warnings : [...around.warnings, warnOf(unreadable)],
  }
}

/** The processes that lose their devices under this plan. */
export function evictedHolders({ gpus }: MigPlan): readonly GpuHolder[] {
  return gpus.flatMap(({ gpu, gpuIndex, evicted = [] }) =>
    evicted.map((process) => ({ ...process, gpu, gpuIndex })),
  )
}

function wantsOtherMode({ gpu: { mig }, migEnabled }: WantedGpu): boolean {
  return mig !== null && mig.enabled !== migEnabled
}

function changesMode({ steps }: GpuPlan): boolean {
  return steps.some((step) => step.kind === 'set-mig-mode')
}

function destroys({ steps }: GpuPlan): boolean {
  return steps.some(
    ({ kind }) => kind === 'destroy-compute-instance' || kind === 'destroy-gpu-instance',
  )
}

function withReset(gpu: GpuPlan): GpuPlan {
  const steps = gpu.steps.map((step) =>
    step.kind === 'set-mig-mode' ? ({ ...step, needsReset: true } as const) : step,
  )
  return { ...gpu, steps }
}

function warnOf(unreadable: number): string {
  const processes = unreadable === 1 ? '1 process' : `${unreadable} processes`
  return `could not inspect ${processes} of other users, which may have a GPU open without being in NVML's lists; root can inspect all`
}
