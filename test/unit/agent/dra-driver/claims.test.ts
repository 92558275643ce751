import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listMigDevices, readMigState } from '../../../../lib/index.js'
import { openNvml } from '../../../../lib/nvml.js'
import type { DraDriverOptions } from '../../../../types/kubernetes/dra-driver.js'
import { createDraNode, type DraNode, patience } from '../../../support/dra-node.js'
import type { FakeClaim, FakePrepared } from '../../../support/fake-dra-kubelet.js'
import { isWaiting } from '../../../support/waiting.js'

const large = 'gpu-0-mig-3g20gb-9-4'
const small = 'gpu-0-mig-1g5gb-19-0'

/** A node with a large and a small device, whose driver has published them. */
async function publishing(options: Partial<DraDriverOptions> = {}): Promise<DraNode> {
  const node = createDraNode('A100-SXM4-40GB +mig')
  await node.divide({ '3g.20gb': 1, '1g.5gb': 1 })
  await node.start(options)
  await expect.poll(node.free, patience).toEqual([small, large])
  return node
}

async function prepare(node: DraNode, claim: FakeClaim): Promise<FakePrepared | undefined> {
  return (await node.kubelet().prepare(claim))[claim.uid]
}

const failed = (error: unknown): unknown => ({ devices: [], error })

test('a claim is prepared again with the same answer, also by the driver after a crash', async () => {
  const node = createDraNode('A100-SXM4-40GB +mig')
  await node.divide({ '3g.20gb': 1, '1g.5gb': 1 })
  const train = node.allocate('train', { gpu: large })
  const driver = await node.start()
  const answer = await prepare(node, train)
  expect(answer?.error).toBe('')
  expect(await prepare(node, train)).toEqual(answer)
  await driver.close()
  await node.start()
  expect(await prepare(node, train)).toEqual(answer)
})

test('a claim waits for an apply that has its GPU, and gets no device that this apply destroys', async () => {
  const node = await publishing()
  const train = node.allocate('train', { gpu: large })
  const other = node.allocate('other', { gpu: small })
  const unlock = await node.lock()
  const answers = [prepare(node, train), prepare(node, other)]
  expect(await isWaiting(Promise.race(answers))).toBe(true)
  await using nvml = await openNvml({ library: node.rooted.options.library })
  const [device] = listMigDevices(await readMigState(node.rooted.options)).filter(
    ({ name }) => name === '3g.20gb',
  )
  if (device === undefined) throw new Error('there is no device')
  await nvml.computeInstanceDestroy(device.gpu, device.gpuInstanceId, device.computeInstanceId)
  await nvml.gpuInstanceDestroy(device.gpu, device.gpuInstanceId)
  await unlock()
  expect(await answers[0]).toEqual(
    failed(`the node has no device ${large} any more: its layout has changed`),
  )
  expect((await answers[1])?.error).toBe('')
})

test('a claim does not wait for ever: neither for a change that does not end nor for a driver that hangs', async () => {
  const node = await publishing({ prepareTimeoutMs: 50 })
  const train = node.allocate('train', { gpu: large })
  const unlock = await node.lock()
  expect((await prepare(node, train))?.error).toMatch(/has been changing for 50 ms|not answered/)
  await unlock()
  node.rooted.machine.setLatency({ fn: 'nvmlDeviceGetMigMode', us: 1_000_000 })
  expect((await prepare(node, train))?.error).toBe('the driver has not answered for 50 ms')
  node.rooted.machine.setLatency('none')
})

test('without the API server a claim is not prepared, and the error says why', async () => {
  const node = await publishing()
  const train = node.allocate('train', { gpu: large })
  node.cluster.isDown = true
  expect(await prepare(node, train)).toEqual(failed('get: the API server is down'))
  node.cluster.isDown = false
  expect((await prepare(node, train))?.error).toBe('')
})

test('a claim is not prepared while the CDI specification cannot be written', async () => {
  const node = createDraNode('A100-SXM4-40GB +mig')
  await node.divide({ '3g.20gb': 1 })
  const train = node.allocate('train', { gpu: 'gpu-0-mig-3g20gb-9-0' })
  // A file is in the place of its folder.
  const blocked = join(node.rooted.folder, 'blocked')
  writeFileSync(blocked, '')
  const file = join(blocked, 'dra.json')
  await node.start({ cdi: { file } })
  await expect.poll(() => node.events.map(({ kind }) => kind), patience).toContain('failed')
  expect((await prepare(node, train))?.error).not.toBe('')
  expect(node.free()).toEqual([])
})
