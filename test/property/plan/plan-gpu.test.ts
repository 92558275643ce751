import { describe, expect, test } from 'vitest'
import { planGpu } from '../../../lib/plan/gpu/plan-gpu.js'
import { planToTarget } from '../../../lib/plan/gpu/plan-steps.js'
import { targetToRestore } from '../../../lib/plan/gpu/target.js'
import type { PlanStep } from '../../../types/machine/plan.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { GpuProcess, GpuState, MigMode } from '../../../types/model/state.js'
import { countDevices } from '../../support/brute-force.js'
import { geometryOf } from '../../support/geometry.js'
import { gpuWith, runStep } from '../../support/model-gpu.js'
import { wantedOf } from '../../support/planning.js'
import { arbitraryLayout, arbitraryProblem } from '../../support/problems.js'
import fc from '../../support/property.js'

const geometries: readonly [string, Geometry][] = [
  'a30-24gb',
  'a100-40gb',
  'h100-80gb-sxm',
  'rtx-pro-6000-blackwell',
].map((key) => [key, geometryOf(key)])

const modes: fc.Arbitrary<MigMode> = fc.record({ enabled: fc.boolean(), pending: fc.boolean() })

/** `runStep` throws if a prefix is not legal. */
function run(geometry: Geometry, gpu: GpuState, steps: readonly PlanStep[]): GpuState {
  return steps.reduce((state, step) => runStep(geometry, state, step), gpu)
}

function devicesOf(gpu: GpuState): Map<string, number> {
  return countDevices(
    gpu.gpuInstances.flatMap(({ profileId, computeInstances }) =>
      computeInstances.map(({ sliceCount }) => ({ profileId, sliceCount, count: 1 })),
    ),
  )
}

function placesOf(gpu: GpuState): string[] {
  return gpu.gpuInstances
    .map(({ profileId, placement, computeInstances }) => {
      const inside = computeInstances.map((part) => `${part.sliceCount}@${part.placement?.start}`)
      return `${profileId}@${placement.start} ${inside.sort().join()}`
    })
    .sort()
}

describe.each(geometries)('on %s', (_key, geometry) => {
  test('every prefix of a plan is legal, its end is as wanted, and a second plan is empty', () => {
    fc.assert(
      fc.property(
        arbitraryProblem(geometry, 0),
        modes,
        fc.boolean(),
        ({ current, wanted }, mig, migEnabled) => {
          const gpu = gpuWith(geometry, mig.enabled ? current : [], { mig })
          const result = planGpu(wantedOf(gpu, { migEnabled, wanted }))
          if (result.kind !== 'plan') {
            expect(result.kind).toBe('infeasible')
            return
          }
          const after = run(geometry, gpu, result.plan.steps)
          expect(after.mig).toEqual({ enabled: migEnabled, pending: migEnabled })
          expect(devicesOf(after)).toEqual(migEnabled ? countDevices(wanted) : new Map())
          expect(after.gpuInstances.every((each) => each.computeInstances.length > 0)).toBe(true)

          const again = planGpu(wantedOf(after, { migEnabled, wanted }))
          expect(again).toMatchObject({ kind: 'plan', plan: { steps: [] } })
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a plan never destroys what a process uses', () => {
    fc.assert(
      fc.property(
        arbitraryProblem(geometry, 0),
        fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }),
        ({ current, wanted }, picks) => {
          const gpu = gpuWith(geometry, current)
          const devices = gpu.gpuInstances.flatMap((instance) =>
            instance.computeInstances.map((compute) => ({ instance, compute })),
          )
          const used =
            devices.length === 0 ? [] : picks.map((pick) => devices[pick % devices.length])
          const processes = used.map(
            (device, index): GpuProcess => ({
              pid: 100 + index,
              command: 'python3',
              kind: 'compute',
              usedMemoryMiB: 1,
              gpuInstanceId: device?.instance.id ?? 0,
              computeInstanceId: device?.compute.id ?? 0,
            }),
          )
          const result = planGpu(wantedOf(gpu, { wanted }), processes)
          const free = planGpu(wantedOf(gpu, { wanted }))
          if (result.kind === 'plan') {
            for (const step of result.plan.steps) {
              if (step.kind !== 'destroy-compute-instance') continue
              const hit = processes.some(
                (process) =>
                  process.gpuInstanceId === step.gpuInstanceId &&
                  process.computeInstanceId === step.computeInstanceId,
              )
              expect(hit).toBe(false)
            }
            expect(devicesOf(run(geometry, gpu, result.plan.steps))).toEqual(countDevices(wanted))
          } else {
            // In use only if the plan would work without the processes.
            expect(result.kind).toBe(free.kind === 'plan' ? 'in-use' : 'infeasible')
            if (result.kind === 'in-use') expect(result.processes.length).toBeGreaterThan(0)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a plan to restore brings every instance back to its place from any layout', () => {
    fc.assert(
      fc.property(
        arbitraryLayout(geometry),
        arbitraryLayout(geometry),
        modes,
        (before, now, mig) => {
          const was = gpuWith(geometry, mig.enabled ? before : [], {
            mig: { enabled: mig.enabled, pending: mig.enabled },
          })
          const is = gpuWith(geometry, mig.pending ? now : [], {
            mig: { enabled: mig.pending, pending: mig.pending },
          })
          const after = run(geometry, is, planToTarget(is, targetToRestore(was)))
          expect(placesOf(after)).toEqual(placesOf(was))
          expect(after.mig).toEqual(was.mig)
        },
      ),
      { numRuns: 200 },
    )
  })
})
