import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  applyMigConfig,
  checkpointMig,
  readMigState,
  restoreMig,
  withMigConfig,
} from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { LibraryRef } from '../../../../types/machine/options.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { rejectionOf } from '../../../support/errors.js'
import { fakeRoot } from '../../../support/root-tree.js'
import { wantOnAll } from '../../../support/wanted.js'

const config = wantOnAll({ '3g.20gb': 2 })
const other = wantOnAll({ '1g.5gb': 7 })

const machines: Readonly<Record<string, () => SimulatedMachine>> = {
  'a private machine': () => createSimulatedMachine('A100-SXM4-40GB +mig'),
  'a store': () =>
    createSimulatedMachine('A100-SXM4-40GB +mig', { store: join(fakeRoot(), 'machine') }),
}
const changes: Readonly<Record<string, (library: LibraryRef) => Promise<unknown>>> = {
  'an apply': (library) => applyMigConfig(other, { library }),
  'a configuration for a time': (library) => withMigConfig(other, () => {}, { library }),
  'a restore': async (library) => restoreMig(await checkpointMig({ library }), { library }),
}
const cases = Object.entries(machines).flatMap(([where, make]) =>
  Object.entries(changes).map(([what, change]) => ({ where, what, make, change })),
)

test.each(cases)(
  '$what in a hook on $where is rejected, because it would wait for ever',
  async (one) => {
    using machine = one.make()
    const { library } = machine
    const hooks = { hooks: { 'apply-start': [() => one.change(library).then(() => {})] } }
    const { code, cause } = await rejectionOf(applyMigConfig(config, { library, hooks }))
    expect(code).toBe('MIG_HOOK_FAILED')
    expect(cause).toMatchObject({ code: 'MIG_LOCK_FAILED', message: expect.stringMatching(/wait/) })
    expect(machine.callCounts().changing).toBe(0)
    // And the lock is free again.
    expect((await applyMigConfig(config, { library })).outcome).toBe('applied')
  },
)

test('an apply in an evict function is rejected, because it would wait for ever', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig(config, { library })
  const instance = machine.describe().gpus[0]?.gpuInstances[0]?.id ?? 0
  machine.addProcess({ pid: 7, gpu: 0, gpuInstanceId: instance, computeInstanceId: 0 })
  const evict = async (): Promise<void> => void (await applyMigConfig(other, { library }))
  const { code } = await rejectionOf(
    applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library, evict }),
  )
  expect(code).toBe('MIG_LOCK_FAILED')
})

test('a hook may read the machine, take a checkpoint, and change another machine', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  using second = createSimulatedMachine('A100-SXM4-40GB +mig', { seed: 2 })
  const { library } = machine
  const seen: unknown[] = []
  const look = async (): Promise<void> => {
    seen.push((await readMigState({ library })).gpus.length)
    seen.push((await checkpointMig({ library })).gpus.length)
    seen.push((await applyMigConfig(config, { library: second.library })).outcome)
  }
  await applyMigConfig(config, { library, hooks: { hooks: { 'apply-start': [look] } } })
  expect(seen).toEqual([1, 1, 'applied'])
})

test('an apply that a hook has started without waiting may run after the hook', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  const later: Promise<unknown>[] = []
  let over = (): void => {}
  const isOver = new Promise<void>((resolve) => {
    over = resolve
  })
  const start = (): void => {
    later.push(isOver.then(() => applyMigConfig(other, { library })))
  }
  await applyMigConfig(config, { library, hooks: { hooks: { 'apply-exit': [start] } } })
  over()
  expect(await later[0]).toMatchObject({ outcome: 'applied' })
})
