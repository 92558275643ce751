// Several processes that apply to one machine at the same time. The program comes from dist/.
import { expect, test } from 'vitest'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { SimulatedCall, SimulatedMachine } from '../../../types/simulator/machine.js'
import { configure } from '../../support/configure.js'
import { readMigState } from '../../support/read-state.js'
import { countDevices, wantOnAll } from '../../support/wanted.js'
import { MachineFolder, runApply, runInStep } from './processes.js'

const partitions = [
  { '1g.5gb': 7 },
  { '2g.10gb': 3 },
  { '3g.20gb': 2 },
  { '7g.40gb': 1 },
  { '4g.20gb': 1, '3g.20gb': 1 },
  { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 },
  { '1g.10gb': 4 },
  { '1c.3g.20gb': 3 },
]

function machineWith(count: number, store: string): SimulatedMachine {
  const machine = createSimulatedMachine([{ model: 'A100-SXM4-40GB', count, migEnabled: true }], {
    store,
  })
  // So that processes that do not wait for each other are seen at work at the same time.
  machine.setLatency({ fn: 'nvmlGpuInstanceCreateComputeInstance', us: 20_000 })
  return machine
}

const devicesOf = async (machine: SimulatedMachine): Promise<Record<string, number>[]> =>
  (await readMigState({ library: machine.library })).gpus.map(countDevices)

/** How often the process that makes a step changes. */
function countTurns(calls: readonly SimulatedCall[]): number {
  return calls.filter(({ pid }, n) => pid !== calls[n - 1]?.pid).length
}

test('eight processes that apply to the whole machine take turns, and the last configuration stays', async () => {
  using folder = new MachineFolder()
  using machine = machineWith(2, folder.store)
  const ends = await Promise.all(
    partitions.map((devices) => runApply(folder.store, { document: wantOnAll(devices) })),
  )
  expect(ends.map((end) => end?.outcome)).toEqual(partitions.map(() => 'applied'))
  expect(countTurns(machine.journal())).toBe(8)
  expect(machine.journal().filter(({ ret }) => ret !== 0)).toEqual([])
  const [first, second] = await devicesOf(machine)
  expect(partitions).toContainEqual(first)
  expect(second).toEqual(first)
  expect(folder.listJournals()).toEqual([])
})

test('applies to different GPUs in different processes do not wait for each other', async () => {
  using folder = new MachineFolder()
  using machine = machineWith(8, folder.store)
  const only = (gpu: number) =>
    configure(...Array.from({ length: 8 }, (_, n) => (n === gpu ? partitions[n] : undefined)))
  // A process that waited for another would never reach its first step.
  const ends = await runInStep(
    folder.store,
    partitions.map((_, gpu) => ({ document: only(gpu) })),
  )
  expect(ends.map((end) => end?.outcome)).toEqual(partitions.map(() => 'applied'))
  expect(await devicesOf(machine)).toEqual(partitions)
  expect(countTurns(machine.journal())).toBeGreaterThan(8)
})

test('applies in different processes that share a GPU, or name all GPUs, wait for each other', async () => {
  using folder = new MachineFolder()
  using machine = machineWith(3, folder.store)
  const [a, b, c, d] = partitions
  const documents = [
    configure(a, a),
    configure(undefined, b, b),
    configure(c, undefined, c),
    wantOnAll(d ?? {}),
    configure(undefined, undefined, a),
    wantOnAll(b ?? {}),
    configure(b),
    configure(undefined, d),
  ]
  const ends = await Promise.all(documents.map((document) => runApply(folder.store, { document })))
  // A process need not change what it finds as wanted.
  for (const end of ends) expect(['applied', 'unchanged']).toContain(end?.outcome)
  expect(machine.journal().filter(({ ret }) => ret !== 0)).toEqual([])
  for (const gpu of [0, 1, 2])
    expect(isInOneGo(machine.journal().filter((call) => call.gpu === gpu))).toBe(true)
  for (const devices of await devicesOf(machine)) expect([a, b, c, d]).toContainEqual(devices)
  expect(folder.listJournals()).toEqual([])
})

/** No process returns to a GPU after another one. */
function isInOneGo(calls: readonly SimulatedCall[]): boolean {
  return countTurns(calls) === new Set(calls.map(({ pid }) => pid)).size
}
