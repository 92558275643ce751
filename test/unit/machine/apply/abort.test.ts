import { expect, test } from 'vitest'
import { applyMigConfig, isMigError } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { configure } from '../../../support/configure.js'
import { readMigState } from '../../../support/read-state.js'
import { placesOf } from '../../../support/wanted.js'

const before = configure({ '1g.5gb': 7 }, null)
const target = configure({ '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }, { '3g.40gb': 1 })

async function prepare(): Promise<SimulatedMachine> {
  const machine = createSimulatedMachine([
    { model: 'A100-SXM4-40GB', migEnabled: true },
    { model: 'h100-80gb-sxm' },
  ])
  await applyMigConfig(before, { library: machine.library })
  return machine
}

const placesOn = async ({ library }: SimulatedMachine): Promise<unknown[]> =>
  (await readMigState({ library })).gpus.map(placesOf)

/** The result of an apply whose signal is aborted at the nth event, and whether there was such an event. */
async function abortAt(
  machine: SimulatedMachine,
  nth: number,
): Promise<[end: string, kind: string]> {
  const abort = new AbortController()
  const kinds: string[] = []
  const end = await applyMigConfig(target, {
    library: machine.library,
    signal: abort.signal,
    onEvent: ({ kind }) => {
      kinds.push(kind)
      if (kinds.length === nth) abort.abort()
    },
  }).then(
    ({ outcome }) => outcome,
    (error: unknown) => {
      if (!isMigError(error) || error.code !== 'ABORT_ERR') throw error
      return error.report?.outcome ?? 'nothing done'
    },
  )
  return [end, kinds[nth - 1] ?? 'none']
}

test('an abort at any event before `verified` undoes everything', async () => {
  const ends = new Map<string, Set<string>>()
  for (let nth = 1; ; nth++) {
    using machine = await prepare()
    const places = await placesOn(machine)
    const [end, kind] = await abortAt(machine, nth)
    if (kind === 'none') break
    ends.set(kind, (ends.get(kind) ?? new Set()).add(end))
    if (end === 'applied') expect(await placesOn(machine)).not.toEqual(places)
    else expect(await placesOn(machine)).toEqual(places)
  }
  expect(Object.fromEntries([...ends].map(([kind, set]) => [kind, [...set]]))).toEqual({
    planned: ['nothing done'],
    'step-started': ['undone'],
    'step-done': ['undone'],
    verified: ['applied'],
  })
})

test('an apply with an aborted signal starts no step', async () => {
  using machine = await prepare()
  const calls = machine.callCounts().total
  const signal = AbortSignal.abort()
  await expect(applyMigConfig(target, { library: machine.library, signal })).rejects.toMatchObject({
    code: 'ABORT_ERR',
  })
  expect(machine.callCounts().total).toBe(calls)
})
