import { expect, test } from 'vitest'
import { makeRoom, splitFleetPlan } from '../../../lib/fleet.js'
import { applyMigConfig } from '../../../lib/index.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import { readMigState } from '../../support/read-state.js'

const model = 'A100-SXM4-40GB'

test('applyMigConfig carries out the stages of a fleet plan, and the machine then is what the plan promises', async () => {
  using machine = createSimulatedMachine(`2x ${model} +mig`)
  const { library } = machine
  const placements = [
    [
      { profile: '1g.5gb', start: 0 },
      { profile: '3g.20gb', start: 4 },
    ],
    [
      { profile: '1g.5gb', start: 0 },
      { profile: '3g.20gb', start: 4 },
    ],
  ]
  const entries = placements.map((each, devices) => ({ devices, placements: each }))
  await applyMigConfig({ version: 'mig-nvml/v1', 'mig-configs': { start: entries } }, { library })
  const gpus = ['0', '1'].map((id) => ({
    id,
    model,
    layout: [
      { id: `small-${id}`, profileId: 19, placement: { start: 0, size: 1 } },
      { id: `big-${id}`, profileId: 9, placement: { start: 4, size: 4 }, pinned: true },
    ],
  }))
  const answer = makeRoom({ gpus }, { id: 'new', profile: '4g.20gb' })
  if (answer.kind !== 'room') throw new Error(answer.kind)
  for (const { nodes } of splitFleetPlan(answer.plan, { selectorOf: Number })) {
    for (const { config } of nodes) await applyMigConfig(config, { library })
  }
  const { gpus: after } = await readMigState({ library })
  const places = after.map(({ gpuInstances }) =>
    gpuInstances.map(({ profileId, placement }) => `${profileId}@${placement.start}`).sort(),
  )
  expect(places).toEqual([
    ['5@0', '9@4'],
    ['19@0', `19@${answer.plan.moves[0]?.to.placement.start}`, '9@4'],
  ])
})
