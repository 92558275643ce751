import { describe, expect, test } from 'vitest'
import { applyMigConfig, assertMigConfig, exportMigConfig, isMigError } from '../../../lib/index.js'
import { createSimulatedMachine, listSimulatedModels } from '../../../lib/simulator.js'
import type { LibraryRef } from '../../../types/machine/options.js'
import type { GpuState } from '../../../types/model/state.js'
import type { SimulatedMachine } from '../../../types/simulator/machine.js'
import fc from '../../support/property.js'
import { readMigState } from '../../support/read-state.js'
import { type Attempt, attempts, scramble } from '../../support/scramble.js'
import { countDevices, placesOf, wantOnAll } from '../../support/wanted.js'

/** A GPU, and how its driver behaves where no public source says it. */
interface Board {
  readonly model: string
  readonly checks: 'strict' | 'loose'
  readonly computePlaces: 'catalog' | 'other'
}

const models = [...new Set(listSimulatedModels().flatMap((m) => (m.migCapable ? [m.key] : [])))]
const boards: fc.Arbitrary<Board> = fc.record({
  model: fc.constantFrom(...models),
  checks: fc.constantFrom('strict', 'loose'),
  computePlaces: fc.constantFrom('catalog', 'other'),
})

/** Each rule has a seed, and so UUIDs, of its own, because the package remembers what a driver lists by UUID. */
function machineOf({ model, checks, computePlaces }: Board): SimulatedMachine {
  const seed = computePlaces === 'catalog' ? 0 : 1
  return createSimulatedMachine([{ model, migEnabled: true }], { seed, checks, computePlaces })
}

/** The outcomes if the driver's places differ from the catalog: a refusal before the apply, or during it. */
const refusals = ({ computePlaces }: Board): readonly (string | undefined)[] =>
  computePlaces === 'catalog' ? [] : ['undone', undefined]

const runs = { numRuns: 40, endOnFailure: true }

/** Picks of device names with counts. The GPU determines the names. */
const wishes = fc.array(fc.record({ pick: fc.nat(1000), count: fc.integer({ min: 1, max: 4 }) }), {
  minLength: 0,
  maxLength: 4,
})

describe('an apply from any reachable layout', () => {
  test('an apply ends as wanted or changes nothing, and a second one has nothing to do', async () => {
    await fc.assert(
      fc.asyncProperty(boards, attempts, wishes, async (board, list, picks) => {
        using machine = machineOf(board)
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

  test('an apply of an export has nothing to do, unless a GPU instance has no compute instance', async () => {
    await fc.assert(
      fc.asyncProperty(boards, attempts, async (board, list) => {
        using machine = machineOf(board)
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

  test('an apply that fails at any call leaves every instance where it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        boards,
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
        async (board, list, other, fn, nth) => {
          using machine = machineOf(board)
          const library = machine.library
          const document = wantOnAll(await reachableDevices(board, other))
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

  test('an apply that is aborted after any step leaves every instance where it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        boards,
        attempts,
        attempts,
        fc.integer({ min: 1, max: 12 }),
        async (board, list, other, stopAfter) => {
          using machine = machineOf(board)
          const library = machine.library
          const document = wantOnAll(await reachableDevices(board, other))
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
            expect(['applied', 'unchanged', ...refusals(board)]).toContain(outcome)
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

/** Devices that a client can create on an empty GPU of this model, in some order. */
async function reachableDevices(
  board: Board,
  list: readonly Attempt[],
): Promise<Record<string, number>> {
  using machine = machineOf(board)
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
