import { expect, test } from 'vitest'
import { applyMigConfig } from '../../../lib/index.js'
import { resourceSlices } from '../../../lib/kubernetes.js'
import type { ResourceSlice } from '../../../types/kubernetes/dra/objects.js'
import { agentConfigs } from '../../support/agent-configs.js'
import { type AgentNodeWorld, createAgentNode, nodeName } from '../../support/agent-node.js'
import { wantOnAll } from '../../support/wanted.js'

const draDriver = 'gpu.nvidia.com'
const halves = ['gpu-0-mig-3g20gb-9-0', 'gpu-0-mig-3g20gb-9-4']

/** A node with an A100, without a device plugin, although its label names a strategy. */
function createNode(): AgentNodeWorld {
  const world = createAgentNode('A100-SXM4-40GB +mig', {
    labels: { 'nvidia.com/mig.strategy': 'mixed' },
  })
  world.writeConfig(agentConfigs)
  return world
}

/** What a driver publishes of the machine as it is. */
async function slicesOf(
  world: AgentNodeWorld,
  options: { readonly generation: number; readonly node?: string; readonly driver?: string },
): Promise<readonly ResourceSlice[]> {
  return resourceSlices(await world.state(), {
    node: nodeName,
    partitions: 'existing',
    ...options,
  })
}

function put(world: AgentNodeWorld, slices: readonly ResourceSlice[]): void {
  for (const slice of slices) world.cluster.put('resourceslices', { ...slice })
}

const untilReason = (world: AgentNodeWorld, reason: string): Promise<void> =>
  world.until(() => world.record().step === 'await' && world.record().reason === reason)

test('with a DRA driver the run ends when its slices have the new devices, and says meanwhile that there are none', async () => {
  await using world = createNode()
  world.start({ draDriver })
  world.setLabel('nvidia.com/mig.config', 'halves')
  await untilReason(
    world,
    `the driver ${draDriver} publishes no resource slice of the node, and it has ${halves.join(', ')}`,
  )
  // Those of another node and of another driver are none of this one.
  put(world, await slicesOf(world, { generation: 1, node: 'node-2' }))
  put(world, await slicesOf(world, { generation: 1, driver: 'gpu.a.test' }))
  await world.until(() => world.record().reason?.includes('publishes no resource slice') === true)
  expect(world.label('nvidia.com/mig.config.state')).toBe('pending')
  put(world, await slicesOf(world, { generation: 1 }))
  await world.untilState('success')
  expect(world.record().plan).toMatchObject({ resources: {}, devices: halves })
})

test('slices of before are named: what they lack, and what the machine does not have any more', async () => {
  await using world = createNode()
  await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library: world.machine.library })
  put(world, await slicesOf(world, { generation: 1 }))
  world.start({ draDriver })
  world.setLabel('nvidia.com/mig.config', 'small')
  const ones = [0, 1, 2, 3, 4, 5, 6].map((start) => `gpu-0-mig-1g5gb-19-${start}`)
  await untilReason(
    world,
    `the resource slices of the node do not have ${ones.slice(0, 5).join(', ')} and 2 more yet, and still have gpu-0-mig-7g40gb-0-0 of before`,
  )
  put(world, await slicesOf(world, { generation: 2 }))
  await world.untilState('success')
})

test('a device of the same name with another UUID is one of before', async () => {
  await using world = createNode()
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: world.machine.library })
  const before = JSON.stringify(await slicesOf(world, { generation: 1 }))
  await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library: world.machine.library })
  put(world, JSON.parse(before.replaceAll('MIG-', 'MIG-0')))
  world.start({ draDriver })
  world.setLabel('nvidia.com/mig.config', 'halves')
  await untilReason(
    world,
    `the resource slices of the node still have ${halves.join(', ')} of before`,
  )
  put(world, JSON.parse(before))
  await world.untilState('success')
})

test('a generation counts when its last slice is there, and then an older one does not', async () => {
  await using world = createNode()
  world.start({ draDriver })
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.until(() => world.record().step === 'await')
  const [slice] = await slicesOf(world, { generation: 2 })
  if (slice === undefined) throw new Error('no slice')
  const { devices = [] } = slice.spec
  const parts = devices.map((device, index) => ({
    ...slice,
    metadata: { name: `part-${index}` },
    spec: {
      ...slice.spec,
      pool: { ...slice.spec.pool, resourceSliceCount: 2 },
      devices: [device],
    },
  }))
  put(world, await slicesOf(world, { generation: 1 }).then((old) => old.map(withoutDevices)))
  put(world, parts.slice(0, 1))
  await untilReason(
    world,
    `the driver ${draDriver} has published 1 of 2 resource slices of the node`,
  )
  put(world, parts.slice(1))
  await world.untilState('success')
})

test('slices that do not come bring the layout before back, with the reason on the node', async () => {
  await using world = createNode()
  await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library: world.machine.library })
  put(world, await slicesOf(world, { generation: 1 }))
  world.start({ draDriver, settings: { awaitMs: 10_000 } })
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.untilState('failed')
  expect(world.record().reason).toBe(
    `the resource slices of the node do not have ${halves.join(', ')} yet, and still have gpu-0-mig-7g40gb-0-0 of before, for 10 s`,
  )
  expect(await world.layout()).toEqual(['GPU 0: 7g.40gb at 0'])
  expect(world.record().fenced).toBe(false)
})

test('an account that may not list slices fails the run before anything is touched', async () => {
  await using world = createNode()
  world.cluster.unreadable.add('resourceslices')
  world.start({ draDriver })
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.untilState('failed')
  expect(world.record()).toMatchObject({ fenced: false, changed: false })
  expect(world.record().reason).toContain('list resourceslices')
  expect(world.machine.callCounts().changing).toBe(0)
})

test('a dry run with a DRA driver names the devices that its slices would have', async () => {
  await using world = createNode()
  world.start({ draDriver, settings: { dryRun: true } })
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.until(() => world.record().plan != null)
  expect(world.record().plan).toMatchObject({ resources: {}, devices: halves })
  expect(world.machine.callCounts().changing).toBe(0)
})

test('a pod with a claim of the DRA driver is found on what goes, whatever the name of the driver', async () => {
  await using world = createNode()
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: world.machine.library })
  world.addPod({ name: 'train', claimed: halves.slice(1), draDriver: 'gpu.a.test' })
  world.addPod({ name: 'foreign', claimed: halves.slice(0, 1) })
  world.start({ draDriver: 'gpu.a.test' })
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.until(() => world.record().step === 'await')
  expect(world.cluster.evicted).toEqual(['team-a/train'])
})

function withoutDevices(slice: ResourceSlice): ResourceSlice {
  return { ...slice, spec: { ...slice.spec, devices: [] } }
}
