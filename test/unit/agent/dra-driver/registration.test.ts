import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDraNode, draSocket, patience } from '../../../support/dra-node.js'
import { rejectionOf } from '../../../support/errors.js'
import { message, serveSocket } from '../../../support/socket-service.js'

test('beside another driver of its name, the driver opens no socket and publishes nothing', async () => {
  const node = createDraNode('T4')
  const other = join(node.folder, 'gpu.nvidia.com-reg.sock')
  await using _plugin = await serveSocket(other, 'pluginregistration.Registration', {
    GetInfo: () => message([1, 'DRAPlugin'], [2, 'gpu.nvidia.com'], [3, '/dra.sock']),
  })
  expect(await rejectionOf(node.start())).toMatchObject({ code: 'MIG_PLUGIN_RUNNING' })
  expect(existsSync(join(node.folder, draSocket))).toBe(false)
  expect(node.slices()).toEqual([])
})

test('a second driver of this package ends, and the first one goes on', async () => {
  const node = createDraNode('T4')
  await node.start()
  const error = await rejectionOf(node.start())
  expect(error).toMatchObject({ code: 'MIG_PLUGIN_RUNNING' })
  expect(error.message).toContain(`another DRA driver answers at ${join(node.folder, draSocket)}`)
  expect(await node.kubelet().info()).toMatchObject({ name: 'gpu.nvidia.com' })
})

test('the socket of a driver that was killed is replaced', async () => {
  const node = createDraNode('T4')
  const path = join(node.folder, draSocket)
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', program])
  expect(existsSync(path)).toBe(true)
  await node.start()
  expect(await node.kubelet().info()).toMatchObject({ name: 'gpu.nvidia.com' })
})

test('a driver that is closed removes its socket and leaves its slices, which the kubelet takes away', async () => {
  const node = createDraNode('T4')
  const driver = await node.start()
  await expect.poll(node.free, patience).toEqual(['gpu-0'])
  await driver.close()
  await driver.ended
  expect(existsSync(join(node.folder, draSocket))).toBe(false)
  expect(node.free()).toEqual(['gpu-0'])
})
