// How long it takes to make what a cluster sees of 8 A100 with 7 MIG devices each, after the machine has been read: the
// labels, the slices of the MIG devices, the slices of all placements, and the device that one more pod gets.
import { applyMigConfig, readMigState } from '../dist/index.js'
import {
  nodeLabels,
  resourceClaim,
  resourceSlices,
  simulateAllocation,
} from '../dist/kubernetes.js'
import { createSimulatedMachine } from '../dist/simulator.js'

const runs = 201
const machine = createSimulatedMachine([{ model: 'A100-SXM4-40GB', count: 8 }])
const seven = { devices: 'all', 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } }
const { library } = machine
await applyMigConfig({ version: 'v1', 'mig-configs': { seven: [seven] } }, { library })
const state = await readMigState({ library })

const node = 'n'
const all = resourceSlices(state, { node, partitions: 'all' })
const devices = all.flatMap(({ spec }) => spec.devices ?? [])
if (devices.length !== 200) throw new Error(`${devices.length} devices, not 8 × 25`)
const small = resourceClaim({ gpu: { profile: '1g.5gb' } }, { name: 'small' })
const others = []
while (others.length < 55) others.push(...simulateAllocation(all, [small], { others }))

console.log(
  JSON.stringify([
    {
      what: 'the labels of the node',
      value: median(() => nodeLabels(state, { strategy: 'mixed' })),
      unit: 'ms',
      bound: 5,
    },
    {
      what: 'slices of the 56 MIG devices that are there',
      value: median(() => resourceSlices(state, { node, partitions: 'existing' })),
      unit: 'ms',
      bound: 5,
    },
    {
      what: 'slices of all 200 placements',
      value: median(() => resourceSlices(state, { node, partitions: 'all' })),
      unit: 'ms',
      bound: 5,
    },
    {
      what: 'the last of 56 small devices, allocated as the scheduler does it',
      value: median(() => simulateAllocation(all, [small], { others })),
      unit: 'ms',
    },
  ]),
)

function median(work) {
  const times = Array.from({ length: runs }, () => {
    const started = performance.now()
    work()
    return performance.now() - started
  })
  return times.sort((a, b) => a - b)[runs >> 1]
}
