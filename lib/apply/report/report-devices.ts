import type { GpuReport, StepReport } from '../../../types/report.js'
import type { GpuState, MigUuid } from '../../../types/state.js'
import { isSameInstance, isSamePlace } from '../../model/placement.js'
import { listMigDevices, type MigDevice } from '../../model/state.js'

/** MIG devices by what became of them. The UUID says where one is, not whether it is the same one. */
export function compareDevices(
  steps: readonly StepReport[],
  before: GpuState,
  after: GpuState | null,
): GpuReport['devices'] {
  const earlier = listMigDevices(before)
  const now = after === null ? [] : listMigDevices(after)
  const stayed = now.filter((device) =>
    earlier.some((old) => isSameDevice(old, device) && !wasDestroyed(steps, old)),
  )
  const lost = earlier.filter((old) => !stayed.some((device) => isSameDevice(old, device)))
  return {
    created: uuidsOf(now.filter((device) => !stayed.includes(device))),
    destroyed: after === null ? [] : uuidsOf(lost),
    kept: uuidsOf(stayed),
  }
}

function isSameDevice(a: MigDevice, b: MigDevice): boolean {
  return (
    a.gpuInstance.id === b.gpuInstance.id &&
    isSameInstance(a.gpuInstance, b.gpuInstance) &&
    a.computeInstance.id === b.computeInstance.id &&
    a.computeInstance.profileId === b.computeInstance.profileId &&
    isSamePlace(a.computeInstance.placement, b.computeInstance.placement)
  )
}

/** Taken back or not. */
function wasDestroyed(steps: readonly StepReport[], { gpuInstance, computeInstance }: MigDevice) {
  return steps.some(
    ({ step, status }) =>
      status !== 'not-started' &&
      status !== 'failed' &&
      step.kind === 'destroy-compute-instance' &&
      step.gpuInstanceId === gpuInstance.id &&
      step.computeInstanceId === computeInstance.id,
  )
}

function uuidsOf(devices: readonly MigDevice[]): readonly MigUuid[] {
  return devices.flatMap(({ computeInstance: { uuid } }) => (uuid === null ? [] : [uuid]))
}
