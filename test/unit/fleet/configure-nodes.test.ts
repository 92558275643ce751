import { expect, test } from 'vitest'
import { configureNodes, createFleet } from '../../../lib/fleet.js'
import { applyMigConfig } from '../../../lib/index.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import { readMigState } from '../../support/read-state.js'

const model = 'A100-SXM4-40GB'

test('The configuration of a node makes its GPUs what the fleet says, and nothing else', async () => {
  using machine = createSimulatedMachine(`3x ${model} +mig`)
  const { library } = machine
  const before = { devices: 'all' as const, 'mig-devices': { '1g.5gb': 7 } }
  await applyMigConfig({ version: 'mig-nvml/v1', 'mig-configs': { before: [before] } }, { library })
  const { gpus } = await readMigState({ library })
  const fleet = createFleet({
    gpus: gpus.map(({ uuid, index }) => ({
      id: uuid,
      node: 'one',
      model,
      migEnabled: index < 2,
    })),
  })
  const first = gpus[0]?.uuid ?? ''
  fleet.place(
    { id: 'a', profile: '3g.20gb' },
    { at: { gpu: first, placement: { start: 4, size: 4 } } },
  )
  fleet.place(
    { id: 'b', profile: '1g.5gb' },
    { at: { gpu: first, placement: { start: 2, size: 1 } } },
  )
  fleet.cordon({ gpus: [first] })
  const [only, ...others] = configureNodes(fleet)
  if (only === undefined) throw new Error('no node')
  expect([only.node, others]).toEqual(['one', []])
  await applyMigConfig(only.config, { library })
  const { gpus: after } = await readMigState({ library })
  expect(
    after.map(({ mig, gpuInstances }) => [
      mig?.enabled,
      gpuInstances.map(({ profileName, placement }) => `${profileName}@${placement.start}`).sort(),
    ]),
  ).toEqual([
    [true, ['1g.5gb@2', '3g.20gb@4']],
    [true, []],
    [false, []],
  ])
  expect(configureNodes(fleet.snapshot())).toEqual([only])
  const again = await applyMigConfig(only.config, { library })
  expect(again.calls.changing).toBe(0)
})

test('configureNodes returns only the given nodes, in that order, and selects GPUs by what selectorOf returns', () => {
  const gpus = ['a', 'b', 'c'].map((id) => ({ id, model, node: `node-${id}` }))
  const chosen = configureNodes({ gpus }, { nodes: ['node-c', 'node-a'], selectorOf: () => 0 })
  expect(chosen.map(({ node }) => node)).toEqual(['node-c', 'node-a'])
  expect(chosen[0]?.config['mig-configs']).toEqual({
    fleet: [{ devices: 0, 'mig-enabled': true, placements: [] }],
  })
  expect(() => configureNodes({ gpus }, { nodes: ['node-d'] })).toThrow(
    expect.objectContaining({ code: 'MIG_FLEET_INVALID' }),
  )
})

test('configureNodes refuses one selector for two GPUs of a node, and takes it for GPUs of different nodes', () => {
  const gpus = ['a', 'b', 'c'].map((id) => ({ id, model, node: id === 'c' ? 'two' : 'one' }))
  const selectBy = (selectors: Record<string, number | string>) =>
    configureNodes({ gpus }, { selectorOf: (gpu) => selectors[gpu] ?? '' })
  expect(() => selectBy({ a: 0, b: '0', c: 1 })).toThrow(
    expect.objectContaining({
      code: 'MIG_FLEET_INVALID',
      message: 'selectorOf gives "0" for a and for b of one node.',
    }),
  )
  expect(selectBy({ a: 0, b: 1, c: 0 })).toHaveLength(2)
})
