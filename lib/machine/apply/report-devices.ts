import type { PlanStep } from '../../../types/machine/plan.js'
import type { GpuReport, StepReport } from '../../../types/machine/report.js'
import type { GpuState, MigUuid } from '../../../types/model/state.js'
import { isSamePlace, mayBePart } from '../../model/placement.js'
import {
  isSameComputeInstance,
  isSameGpuInstance,
  listPlacedDevices,
  type PlacedDevice,
} from '../../model/state.js'

/** MIG devices by what became of them. Two devices may have the same UUID, one after the other. */
export function compareDevices(
  steps: readonly StepReport[],
  undoCalls: readonly PlanStep[],
  before: GpuState,
  after: GpuState | null,
): GpuReport['devices'] {
  const earlier = listPlacedDevices(before)
  const now = after === null ? [] : listPlacedDevices(after)
  const stayed = now.filter((device) =>
    earlier.some(
      (old) =>
        isSameDevice(old, device) && !wasDestroyed(steps, old) && !wasMadeAgain(undoCalls, old),
    ),
  )
  const lost = earlier.filter((old) => !stayed.some((device) => isSameDevice(old, device)))
  return {
    created: uuidsOf(now.filter((device) => !stayed.includes(device))),
    destroyed: after === null ? [] : uuidsOf(lost),
    kept: uuidsOf(stayed),
  }
}

function isSameDevice(a: PlacedDevice, b: PlacedDevice): boolean {
  return (
    isSameGpuInstance(a.gpuInstance, b.gpuInstance) &&
    isSameComputeInstance(a.computeInstance, b.computeInstance)
  )
}

function wasMadeAgain(
  undoCalls: readonly PlanStep[],
  { gpuInstance, computeInstance }: PlacedDevice,
): boolean {
  return undoCalls.some(
    (step) =>
      step.kind === 'create-compute-instance' &&
      isSamePlace(step.gpuInstancePlacement, gpuInstance.placement) &&
      mayBePart(computeInstance, step),
  )
}

/** Whether a step destroyed the device, even if it was undone. */
function wasDestroyed(
  steps: readonly StepReport[],
  { gpuInstance, computeInstance }: PlacedDevice,
): boolean {
  return steps.some(
    ({ step, status }) =>
      status !== 'not-started' &&
      status !== 'failed' &&
      step.kind === 'destroy-compute-instance' &&
      step.gpuInstanceId === gpuInstance.id &&
      step.computeInstanceId === computeInstance.id,
  )
}

function uuidsOf(devices: readonly PlacedDevice[]): readonly MigUuid[] {
  return devices.flatMap(({ computeInstance: { uuid } }) => (uuid === null ? [] : [uuid]))
}
