import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyMigConfig, assertMigConfig, exportMigConfig, isMigError } from '../../../lib/index.js'
import { createSimulatedMachine } from '../../../lib/simulator/index.js'
import type { LibraryRef } from '../../../types/options.js'
import type { GpuState } from '../../../types/state.js'
import { readMigState } from '../../support/read-state.js'
import { type Attempt, attempts, scramble } from '../../support/scramble.js'
import { countDevices, placesOf, wantOnAll } from '../../support/wanted.js'

const models = [
  'NVIDIA A30',
  'A100-SXM4-40GB',
  'h100-80gb-sxm',
  'h200-141gb-sxm',
  'b200-180gb',
  'rtx-pro-6000-blackwell',
]
const model = fc.constantFrom(...models)
const runs = { numRuns: 40, endOnFailure: true }

/** Picks of device names with counts; which names there are depends on the GPU. */
const wishes = fc.array(fc.record({ pick: fc.nat(1000), count: fc.integer({ min: 1, max: 4 }) }), {
  minLength: 0,
  maxLength: 4,
})

describe('an apply, from any layout that a client can reach', () => {
  test('ends as wanted or changes nothing, and a second one has nothing to do', async () => {
    await fc.assert(
      fc.asyncProperty(model, attempts, wishes, async (name, list, picks) => {
        using machine = createSimulatedMachine([{ model: name, migEnabled: true }])
        const library = machine.library
        await scramble(library, 0, list)
        const before = await onlyGpu(library)
        const wanted = devicesOf(before, picks)
        const document = wantOnAll(wanted)
        machine.resetCallCounts()
        try {
          const report = await applyMigConfig(document, { library })
          expect(['applied', 'unchanged']).toContain(report.outcome)
        } catch (error) {
          expect(isMigError(error) && error.code).toBe('MIG_PARTITION_INFEASIBLE')
          expect(machine.callCounts().changing).toBe(0)
          return
        }
        expect(countDevices(await onlyGpu(library))).toEqual(wanted)
        expect((await assertMigConfig(document, { library })).matches).toBe(true)

        machine.resetCallCounts()
        const again = await applyMigConfig(document, { library })
        expect(again.outcome).toBe('unchanged')
        expect(machine.callCounts().changing).toBe(0)
      }),
      runs,
    )
  })

  test('of its own export has nothing to do, unless there are GPU instances without devices', async () => {
    await fc.assert(
      fc.asyncProperty(model, attempts, async (name, list) => {
        using machine = createSimulatedMachine([{ model: name, migEnabled: true }])
        const library = machine.library
        await scramble(library, 0, list)
        const bare = (await onlyGpu(library)).gpuInstances.some(
          (instance) => instance.computeInstances.length === 0,
        )
        const document = await exportMigConfig({ library })
        const before = countDevices(await onlyGpu(library))
        const report = await applyMigConfig(document, { library })
        expect(report.outcome).toBe(bare ? 'applied' : 'unchanged')
        expect(countDevices(await onlyGpu(library))).toEqual(before)
      }),
      runs,
    )
  })

  test('that fails at any call leaves every instance where it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        model,
        attempts,
        attempts,
        fc.constantFrom(
          'nvmlDeviceCreateGpuInstanceWithPlacement',
          'nvmlGpuInstanceCreateComputeInstance',
          'nvmlGpuInstanceCreateComputeInstanceWithPlacement',
          'nvmlComputeInstanceDestroy',
          'nvmlGpuInstanceDestroy',
          'nvmlGpuInstanceGetInfo',
        ),
        fc.integer({ min: 1, max: 4 }),
        async (name, list, other, fn, nth) => {
          using machine = createSimulatedMachine([{ model: name, migEnabled: true }])
          const library = machine.library
          const document = wantOnAll(await reachableDevices(name, other))
          await scramble(library, 0, list)
          const before = placesOf(await onlyGpu(library))
          machine.fail({ fn, nth, error: 'NVML_ERROR_UNKNOWN' })
          const outcome = await applyMigConfig(document, { library }).then(
            (report) => report.outcome,
            (error: unknown) => {
              if (isMigError(error)) return error.report?.outcome ?? 'refused'
              return 'unreadable'
            },
          )
          machine.clearFaults()
          const after = placesOf(await onlyGpu(library))
          if (outcome === 'applied') return
          expect(outcome).not.toBe('failed')
          expect(after).toEqual(before)
        },
      ),
      runs,
    )
  })

  test('that is stopped after any step leaves every instance where it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        model,
        attempts,
        attempts,
        fc.integer({ min: 1, max: 12 }),
        async (name, list, other, stopAfter) => {
          using machine = createSimulatedMachine([{ model: name, migEnabled: true }])
          const library = machine.library
          const document = wantOnAll(await reachableDevices(name, other))
          await scramble(library, 0, list)
          const before = placesOf(await onlyGpu(library))
          const abort = new AbortController()
          let done = 0
          const outcome = await applyMigConfig(document, {
            library,
            signal: abort.signal,
            onEvent: (event) => {
              if (event.kind === 'step-done' && ++done === stopAfter) abort.abort()
            },
          }).then(
            (report) => report.outcome,
            (error: unknown) => (isMigError(error) ? error.report?.outcome : String(error)),
          )
          if (done < stopAfter) {
            expect(['applied', 'unchanged']).toContain(outcome)
          } else {
            expect(outcome).toBe('undone')
            expect(placesOf(await onlyGpu(library))).toEqual(before)
          }
        },
      ),
      runs,
    )
  })
})

async function onlyGpu(library: LibraryRef): Promise<GpuState> {
  const [gpu] = (await readMigState({ library })).gpus
  if (gpu === undefined) throw new Error('no GPU')
  return gpu
}

/** Devices that a client could have made on an empty GPU of this model, in some order. */
async function reachableDevices(
  name: string,
  list: readonly Attempt[],
): Promise<Record<string, number>> {
  using machine = createSimulatedMachine([{ model: name, migEnabled: true }])
  await scramble(machine.library, 0, list)
  return countDevices(await onlyGpu(machine.library))
}

function devicesOf(
  gpu: GpuState,
  picks: readonly { pick: number; count: number }[],
): Record<string, number> {
  const names = gpu.geometry?.profiles.map((profile) => profile.name) ?? []
  const wanted: Record<string, number> = {}
  for (const { pick, count } of picks) wanted[names[pick % names.length] ?? ''] = count
  return wanted
}
