import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readMigState } from '../../../../lib/index.js'
import { resourceSlices } from '../../../../lib/kubernetes.js'
import { openNvml } from '../../../../lib/nvml.js'
import type { DraDriver } from '../../../../types/kubernetes/dra-driver.js'
import { createDraNode, type DraNode, nodeName, patience } from '../../../support/dra-node.js'
import { rejectionOf } from '../../../support/errors.js'

const collection = 'resourceslices'
const ours = { 'app.kubernetes.io/managed-by': 'mig-nvml' }
const halves = ['gpu-0-mig-3g20gb-9-0', 'gpu-0-mig-3g20gb-9-4']

/** A node with two halves, whose driver has published them. */
async function publishing(): Promise<{ readonly node: DraNode; readonly driver: DraDriver }> {
  const node = createDraNode('A100-SXM4-40GB +mig')
  await node.divide({ '3g.20gb': 2 })
  const driver = await node.start()
  await expect.poll(node.free, patience).toEqual(halves)
  return { node, driver }
}

/** The driver compares its slices once more from now on: somebody writes one as it is. */
async function nextLook({ cluster, slices }: DraNode): Promise<void> {
  let lists = 0
  cluster.beforeCall = (name) => {
    if (name === 'list') lists += 1
  }
  for (const { metadata } of slices()) cluster.edit(collection, metadata.name, (slice) => slice)
  await expect.poll(() => lists, patience).toBeGreaterThan(0)
  cluster.beforeCall = () => {}
}

test('slices of an earlier generation that are too many go, and those of other nodes and drivers stay', async () => {
  const node = createDraNode('A100-SXM4-40GB +mig')
  await node.divide({ '3g.20gb': 2 })
  const [slice] = resourceSlices(await readMigState(node.rooted.options), {
    node: nodeName,
    partitions: 'existing',
    generation: 6,
  })
  if (slice === undefined) throw new Error('there is no slice')
  const put = (name: string, spec: object): void =>
    node.cluster.put(collection, {
      ...slice,
      metadata: { name, labels: ours },
      spec: { ...slice.spec, ...spec },
    })
  put('left-by-a-crash', {})
  put('of-another-node', { nodeName: 'node-2' })
  put('of-another-driver', { driver: 'net.a.test' })
  await node.start()
  const names = (): readonly string[] => node.slices().map(({ metadata }) => metadata.name)
  await expect.poll(names, patience).not.toContain('left-by-a-crash')
  expect([...names()].sort()).toEqual([
    `${nodeName}-gpu.nvidia.com-000`,
    'of-another-driver',
    'of-another-node',
  ])
  const own = node.cluster.find(collection, `${nodeName}-gpu.nvidia.com-000`)
  expect(own).toMatchObject({ spec: { pool: { generation: 7, resourceSliceCount: 1 } } })
})

test('a node without devices has no slice', async () => {
  const { node } = await publishing()
  await node.divide({})
  await expect.poll(node.slices, patience).toEqual([])
})

test('slices that somebody removes or changes come back', async () => {
  const { node } = await publishing()
  const [name = ''] = node.slices().map(({ metadata }) => metadata.name)
  node.cluster.drop(collection, name)
  await expect.poll(node.free, patience).toEqual(halves)
  node.cluster.edit(collection, name, (slice) => ({
    ...slice,
    metadata: { name, labels: ours },
    spec: { ...Object(slice['spec']), devices: [] },
  }))
  await expect.poll(node.free, patience).toEqual(halves)
})

test('the driver ends when another one takes its slices over while it runs', async () => {
  const { node, driver } = await publishing()
  for (const { metadata } of node.slices())
    node.cluster.edit(collection, metadata.name, (slice) => ({
      ...slice,
      metadata: { name: metadata.name, labels: {} },
    }))
  expect(await rejectionOf(driver.ended)).toMatchObject({ code: 'MIG_PLUGIN_RUNNING' })
  expect(node.free()).toEqual(halves)
})

test('a new device is published when the apply has ended that makes it, and one that goes leaves at once', async () => {
  const { node } = await publishing()
  const unlock = await node.lock()
  const { library } = node.rooted.options
  await using nvml = await openNvml({ library })
  const [gpu] = (await readMigState({ library })).gpus
  const upper = gpu?.gpuInstances?.find(({ placement }) => placement.start === 4)
  const small = gpu?.geometry?.profiles.find(({ name }) => name === '1g.5gb')
  if (gpu === undefined || upper === undefined || small === undefined)
    throw new Error('the machine is not divided')
  await nvml.computeInstanceDestroy(gpu.uuid, upper.id, 0)
  await nvml.gpuInstanceDestroy(gpu.uuid, upper.id)
  await expect.poll(node.free, patience).toEqual(halves.slice(0, 1))
  const { id } = await nvml.deviceCreateGpuInstance(gpu.uuid, small.id)
  await nvml.gpuInstanceCreateComputeInstance(gpu.uuid, id, 0)
  // What it writes into the specification comes after it has seen the new device.
  const described = (): number | undefined =>
    readFileSync(node.specFile, 'utf8').match(/"MIG-/g)?.length
  await expect.poll(described, patience).toBe(2)
  await nextLook(node)
  expect(node.free()).toEqual(halves.slice(0, 1))
  await unlock()
  await expect.poll(() => node.free().length, patience).toBe(2)
})

test('while a device plugin offers devices of the node none is in a slice, and claims that have one are prepared', async () => {
  const { node } = await publishing()
  const claim = node.allocate('train', { gpu: halves[0] ?? '' })
  const advertise = (count: string): void =>
    node.cluster.edit('nodes', nodeName, (object) => ({
      ...object,
      status: { allocatable: { cpu: '16', 'nvidia.com/mig-3g.20gb': count } },
    }))
  advertise('2')
  await expect.poll(node.slices, patience).toEqual([])
  await expect
    .poll(() => node.events, patience)
    .toContainEqual(
      expect.objectContaining({
        kind: 'waiting',
        error: expect.objectContaining({
          message: `a device plugin gives out the devices of node ${nodeName}, which offers nvidia.com/mig-3g.20gb: no slice is published beside it`,
        }),
      }),
    )
  expect((await node.kubelet().prepare(claim))[claim.uid]?.error).toBe('')
  // The kubelet keeps the name of a resource whose plugin is gone.
  advertise('0')
  await expect.poll(node.free, patience).toEqual(halves)
})
