// An apply that replans a GPU, because its driver lists other placements, is killed at each of its events. The program
// comes from dist/.
import { expect, test } from 'vitest'
import { readMigState, recoverMig } from '../../../lib/index.js'
import { requireListed } from '../../../lib/model/unlisted.js'
import { createSimulatedMachine, openSimulatedMachine } from '../../../lib/simulator.js'
import type { LibraryRef } from '../../../types/machine/options.js'
import { configure } from '../../support/configure.js'
import { MachineFolder, runApply } from './processes.js'

// By the catalog the second one would start at 3; the driver of this machine lists 0 and 4.
const document = configure({ '3c.7g.40gb': 2 })

const startsOf = async (library: LibraryRef): Promise<unknown[]> =>
  (await readMigState({ library })).gpus
    .map(requireListed)
    .flatMap(({ gpuInstances }) =>
      gpuInstances.map(({ computeInstances }) =>
        computeInstances.map(({ placement }) => placement?.start),
      ),
    )

test('recovery undoes or finishes an apply that was killed after it had replanned a GPU', async () => {
  using origin = new MachineFolder()
  createSimulatedMachine([{ model: 'A100-SXM4-40GB', migEnabled: true }], {
    store: origin.store,
    computePlaces: 'other',
  }).close()
  using whole = origin.copy()
  const { outcome, events = 0 } = (await runApply(whole.store, { document })) ?? {}
  expect(outcome).toBe('applied')
  expect(events).toBeGreaterThan(6)
  for (let dieAt = 1; dieAt <= events; dieAt += 1) {
    using killed = origin.copy()
    expect(await runApply(killed.store, { document, dieAt })).toBeNull()
    for (const direction of ['undo', 'finish'] as const) {
      using copy = killed.copy()
      using machine = openSimulatedMachine(copy.store)
      const { library } = machine
      // The replanned target is in the journal, so a GPU that has reached it is finished.
      const isComplete = JSON.stringify(await startsOf(library)) === '[[0,4]]'
      const [first = null] = (await recoverMig({ library, direction })).recovered
      const found = await startsOf(library)
      if (isComplete) expect(first?.outcome).toBe('finished')
      if (first === null) expect(found).toEqual([])
      else if (first.outcome === 'finished') expect(found).toEqual([[0, 4]])
      else if (first.outcome === 'undone') expect(found).toEqual([])
      else {
        // The placements of the first plan are impossible, but the apply can still be undone.
        expect([direction, first.outcome]).toEqual(['finish', 'kept'])
        expect(first.reason).toContain('the driver lists no place')
        await recoverMig({ library })
        expect(await startsOf(library)).toEqual([])
      }
      expect(copy.listJournals()).toEqual([])
    }
  }
})
