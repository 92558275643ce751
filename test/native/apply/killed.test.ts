// What the next call does after an apply that was killed at any moment. The program comes from dist/.
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyMigConfig, recoverMig } from '../../../lib/index.js'
import { createSimulatedMachine, openSimulatedMachine } from '../../../lib/simulator.js'
import type { LibraryRef } from '../../../types/machine/options.js'
import type { RecoveredGpu } from '../../../types/machine/report.js'
import { untilCalled } from '../../support/calls.js'
import { configure } from '../../support/configure.js'
import { readMigState } from '../../support/read-state.js'
import { placesOf } from '../../support/wanted.js'
import { MachineFolder, runApply, startApply } from './processes.js'

// The third GPU changes its mode by a reset.
const before = configure({ '1g.5gb': 7 }, null, null)
const target = configure(
  { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 },
  { '3g.40gb': 1 },
  { '7g.40gb': 1 },
)
const other = configure({ '7g.40gb': 1 })

const origin = new MachineFolder()
let killed: readonly MachineFolder[] = []
/** For each kill, whether everything was as wanted by then. */
let complete: readonly boolean[] = []
let places: { readonly before: unknown[]; readonly target: unknown[]; readonly other: unknown[] }

const placesOfAll = async (library: LibraryRef): Promise<unknown[]> =>
  (await readMigState({ library })).gpus.map(placesOf)

/** Calls `work` with a copy of the machine in a folder. */
async function onCopy<T>(
  folder: MachineFolder,
  work: (library: LibraryRef, copy: MachineFolder) => Promise<T>,
): Promise<T> {
  using copy = folder.copy()
  using machine = openSimulatedMachine(copy.store)
  return await work(machine.library, copy)
}

beforeAll(async () => {
  {
    const models = [
      { model: 'A100-SXM4-40GB', migEnabled: true },
      { model: 'h100-80gb-sxm' },
      { model: 'A100-SXM4-40GB' },
    ]
    const options = { store: origin.store, resetPolicy: 'manual' } as const
    using machine = createSimulatedMachine(models, options)
    await applyMigConfig(before, { library: machine.library })
  }
  const applied = (document: typeof before): Promise<unknown[]> =>
    onCopy(origin, async (library) => {
      await applyMigConfig(document, { library })
      return placesOfAll(library)
    })
  places = {
    before: await applied(before),
    target: await applied(target),
    other: await applied(other),
  }
  const whole = origin.copy()
  const { events = 0 } = (await runApply(whole.store, { document: target })) ?? {}
  whole[Symbol.dispose]()
  killed = await Promise.all(
    Array.from({ length: events }, async (_, n) => {
      const folder = origin.copy()
      expect(await runApply(folder.store, { document: target, dieAt: n + 1 })).toBeNull()
      return folder
    }),
  )
  const found = await Promise.all(
    killed.map((folder) => onCopy(folder, (library) => placesOfAll(library))),
  )
  complete = found.map((each) => JSON.stringify(each) === JSON.stringify(places.target))
  // At the last two events, the end of the last step and its verification, everything is as wanted.
  expect(complete.slice(-2)).toEqual([true, true])
  expect(complete.slice(0, events / 2)).not.toContain(true)
})

afterAll(() => {
  for (const folder of [origin, ...killed]) folder[Symbol.dispose]()
})

const moments = (): (readonly [folder: MachineFolder, isComplete: boolean])[] =>
  killed.map((folder, n) => [folder, complete[n] === true])

const outcomes = (recovered: readonly RecoveredGpu[]): string[] =>
  recovered.map(({ outcome }) => outcome)

test.each([
  ['nvmlComputeInstanceDestroy', 3],
  ['nvmlGpuInstanceDestroy', 2],
  ['nvmlDeviceCreateGpuInstanceWithPlacement', 2],
  ['nvmlGpuInstanceCreateComputeInstance', 1],
  ['nvmlDeviceSetMigMode', 1],
] as const)(
  'an apply killed while the driver hangs in %s is undone or finished by recovery',
  async (fn, nth) => {
    using folder = origin.copy()
    using machine = openSimulatedMachine(folder.store)
    machine.fail({ fn, nth, hangMs: 600_000 })
    machine.resetCallCounts()
    const child = startApply(folder.store, { document: target })
    const ended = once(child, 'exit')
    await untilCalled(machine, fn, nth)
    child.kill('SIGKILL')
    await ended
    machine.clearFaults()
    for (const direction of ['undo', 'finish'] as const) {
      await onCopy(folder, async (library, copy) => {
        expect((await recoverMig({ library, direction })).recovered).toHaveLength(3)
        const expected = direction === 'undo' ? places.before : places.target
        expect(await placesOfAll(library)).toEqual(expected)
        expect(copy.listJournals()).toEqual([])
      })
    }
  },
)

describe('after an apply was killed at each of its events', () => {
  test('the same apply reaches its target after it was killed at any event', async () => {
    expect(moments().length).toBeGreaterThan(30)
    for (const [folder] of moments()) {
      await onCopy(folder, async (library, copy) => {
        const report = await applyMigConfig(target, { library })
        expect(['applied', 'unchanged']).toContain(report.outcome)
        expect(outcomes(report.recovered).every((outcome) => outcome === 'finished')).toBe(true)
        expect(await placesOfAll(library)).toEqual(places.target)
        expect(copy.listJournals()).toEqual([])
      })
    }
  })

  test('another apply reaches its target and brings back the GPU that it does not name, after a kill at any event', async () => {
    for (const [folder, isComplete] of moments()) {
      await onCopy(folder, async (library, copy) => {
        await applyMigConfig(other, { library })
        const others = isComplete ? places.target : places.before
        const expected = [places.other[0], ...others.slice(1)]
        expect(await placesOfAll(library)).toEqual(expected)
        expect(copy.listJournals()).toEqual([])
      })
    }
  })

  test('a failing apply leaves the machine as it was before the apply that was killed', async () => {
    for (const [folder, isComplete] of moments()) {
      await onCopy(folder, async (library, copy) => {
        using machine = openSimulatedMachine(copy.store)
        machine.fail({
          fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
          error: 'NVML_ERROR_UNKNOWN',
        })
        const failing = applyMigConfig(other, { library })
        await expect(failing).rejects.toMatchObject({ report: { outcome: 'undone' } })
        expect(await placesOfAll(library)).toEqual(isComplete ? places.target : places.before)
        expect(copy.listJournals()).toEqual([])
      })
    }
  })

  test.each(['undo', 'finish'] as const)(
    'recoverMig can %s an apply that was killed at any event',
    async (direction) => {
      let found = 0
      for (const [folder, isComplete] of moments()) {
        await onCopy(folder, async (library, copy) => {
          const { recovered } = await recoverMig({ library, direction })
          found += recovered.length
          const isThere = recovered.length > 0 && direction === 'finish'
          const expected = isComplete || isThere ? places.target : places.before
          expect(await placesOfAll(library)).toEqual(expected)
          expect(copy.listJournals()).toEqual([])
          expect((await recoverMig({ library })).recovered).toEqual([])
        })
      }
      // Three GPUs each time, but before the journals are written.
      expect(found).toBe(3 * (moments().length - 1))
    },
  )
})
