import { expect, test } from 'vitest'
import { listMigDevices, readMigState } from '../../../../lib/index.js'
import { createDraNode, type DraNode, patience } from '../../../support/dra-node.js'
import { divide } from '../../../support/machine-root.js'

const first = 'gpu-0-mig-1g5gb-19-0'
const three = [first, 'gpu-0-mig-1g5gb-19-1', 'gpu-0-mig-1g5gb-19-2']
const xid94 = [{ key: 'gpu.nvidia.com/xid', value: '94', effect: 'NoSchedule' }]

/** A node with three small devices, whose driver has published them. */
async function publishing(): Promise<DraNode> {
  const node = createDraNode('A100-SXM4-40GB +mig')
  await node.divide({ '1g.5gb': 3 })
  await node.start()
  await expect.poll(node.free, patience).toEqual(three)
  return node
}

/** Where the device at the first memory unit is, for an Xid. */
async function firstOf(
  node: DraNode,
): Promise<{ readonly gpuInstanceId: number; readonly computeInstanceId: number }> {
  const devices = listMigDevices(await readMigState(node.rooted.options))
  const found = devices.find(({ placement }) => placement?.start === 0)
  if (found === undefined) throw new Error('there is no device')
  const { gpuInstanceId, computeInstanceId } = found
  return { gpuInstanceId, computeInstanceId }
}

test('an Xid of a device keeps new claims from it by a taint, and a new instance in its place is free again', async () => {
  const node = await publishing()
  const { machine } = node.rooted
  const where = await firstOf(node)
  // A fault of a program, then one of the device: what comes first is seen first.
  machine.raiseXid(0, { xid: 13, ...where })
  machine.raiseXid(0, { xid: 94, ...where })
  await expect.poll(() => node.offered()[first], patience).toEqual(xid94)
  expect(node.free()).toEqual(three.slice(1))
  expect(Object.keys(node.offered())).toEqual(three)
  expect(node.events).toContainEqual(
    expect.objectContaining({
      kind: 'published',
      devices: three.slice(1),
      withheld: [{ device: first, problem: 'Xid 94' }],
    }),
  )
  await node.divide({})
  await expect.poll(node.slices, patience).toEqual([])
  await node.divide({ '1g.5gb': 3 })
  await expect.poll(node.free, patience).toEqual(three)
})

test('an Xid of a GPU keeps new claims from all of its devices, until so long after it', async () => {
  const node = createDraNode('A100-SXM4-40GB +mig, T4')
  await node.divide({ '1g.5gb': 3 })
  await node.start({ recoverAfterMs: 500 })
  await expect.poll(node.free, patience).toEqual([...three, 'gpu-1'])
  node.rooted.machine.raiseXid(0, { xid: 48 })
  const isWithheld = (): boolean =>
    node.events.some((event) => event.kind === 'published' && event.withheld.length === 3)
  await expect.poll(isWithheld, patience).toBe(true)
  await expect.poll(node.free, patience).toEqual([...three, 'gpu-1'])
})

test('where the API server has no taints of devices, a device with an Xid leaves the slices', async () => {
  const node = await publishing()
  node.cluster.keepsTaints = false
  node.rooted.machine.raiseXid(0, { xid: 94, ...(await firstOf(node)) })
  await expect.poll(() => Object.keys(node.offered()), patience).toEqual(three.slice(1))
  // It was never offered without its taint.
  const generations = node.slices().map(({ spec: { pool } }) => pool.generation)
  expect(generations).toEqual([2])
  node.cluster.keepsTaints = true
  await expect.poll(() => node.offered()[first], patience).toEqual(xid94)
  await node.divide({})
  // An instance that comes back between two looks of the driver is the same one to it.
  await expect.poll(node.slices, patience).toEqual([])
  await node.divide({ '1g.5gb': 3 })
  await expect.poll(node.free, patience).toEqual(three)
})

test('a device that a claim has stays prepared after an Xid', async () => {
  const node = await publishing()
  const claim = node.allocate('train', { gpu: first })
  const before = await node.kubelet().prepare(claim)
  node.rooted.machine.raiseXid(0, { xid: 94, ...(await firstOf(node)) })
  await expect.poll(node.free, patience).toEqual(three.slice(1))
  expect(await node.kubelet().prepare(claim)).toEqual(before)
})

test('more devices than a slice takes with taints are in two slices of one generation', async () => {
  const node = createDraNode('10x A100-SXM4-40GB +mig')
  const small = { '1g.5gb': 7 }
  await divide(
    node.rooted.machine,
    Object.fromEntries(Array.from({ length: 10 }, (_, gpu) => [gpu, small])),
  )
  await node.start()
  await expect.poll(() => node.free().length, patience).toBe(70)
  expect(node.slices()).toHaveLength(1)
  let applies = 0
  node.cluster.beforeCall = (name) => {
    // The dry run, the first slice, and the second one, at which the API server fails once.
    if (name === 'apply' && ++applies === 3) throw node.cluster.failure(0)
  }
  node.rooted.machine.raiseXid(0, { xid: 94, ...(await firstOf(node)) })
  await expect.poll(() => node.free().length, patience).toBe(69)
  expect(applies).toBeGreaterThan(3)
  expect(node.slices().map(({ spec: { devices = [] } }) => devices.length)).toEqual([64, 6])
})

test('the devices of a GPU that falls off the bus leave the slices, and come back with it', async () => {
  const node = createDraNode('2x A100-SXM4-40GB')
  await node.start()
  await expect.poll(node.free, patience).toEqual(['gpu-0', 'gpu-1'])
  node.rooted.machine.loseGpu(0)
  await expect.poll(node.free, patience).toEqual(['gpu-1'])
  node.rooted.machine.reboot()
  await expect.poll(node.free, patience).toEqual(['gpu-0', 'gpu-1'])
})
