import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reasonOf, rejectionOf } from '../../support/errors.js'
import type { FakeList } from '../../support/fake-kubelet.js'
import {
  createPluginNode,
  expectOffer,
  lastOf,
  patience,
  uuidsOf,
} from '../../support/plugin-node.js'

const gpus = 'nvidia.com/gpu'

test('a machine that cannot be read makes its devices unhealthy, says why, and is healthy once it can', async () => {
  const node = createPluginNode('T4')
  const kubelet = await node.startKubelet()
  await node.start()
  await expectOffer(node, kubelet, gpus)
  const [uuid = ''] = await uuidsOf(node, gpus)
  const list = (): FakeList | undefined => lastOf(kubelet, gpus)
  node.machine.machine.fail({
    fn: 'nvmlDeviceGetCount',
    times: 1_000_000,
    error: 'NVML_ERROR_DRIVER_NOT_LOADED',
  })
  await expect.poll(list, patience).toEqual({ [uuid]: 'Unhealthy' })
  const seen = node.events.filter(({ kind }) => kind === 'unreadable')
  expect(seen.length).toBeGreaterThan(0)
  expect(node.events).toContainEqual({
    kind: 'offered',
    resource: gpus,
    devices: [{ uuid, problem: expect.stringMatching(/^the machine cannot be read: /) }],
  })
  // What a container gets to hear is the error itself, and not that the driver is slow.
  const refusal = String(await reasonOf(kubelet.allocate(gpus, uuid)))
  expect(refusal).toContain('DRIVER_NOT_LOADED')
  expect(refusal).not.toContain('has not answered')
  node.machine.machine.clearFaults()
  await expect.poll(list, patience).toEqual({ [uuid]: 'Healthy' })
  expect((await kubelet.allocate(gpus, uuid)).cdiDevices).toHaveLength(1)
})

test('a folder in which no socket can be made ends the plugin with the path and what to do', async () => {
  const node = createPluginNode('T4')
  const folder = join(node.folder, 'missing')
  const plugin = await node.start({ folder })
  const error = await rejectionOf(plugin.ended)
  expect(error.code).toBe('MIG_LISTEN_FAILED')
  expect(error.message).toContain(`cannot listen at ${join(folder, 'mig-nvml-gpu.sock')}: `)
  expect(error.hint).toContain('mount it from the host')
})
