import { chmodSync, closeSync, mkdirSync, openSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createSimulatedMachine, writeRootTree } from '../../../lib/simulator.js'
import { readCapabilityMinors } from '../../../lib/system/capability-minors.js'
import { parseOpenNode, scanProcesses } from '../../../lib/system/scan-processes.js'
import { fakeRoot, putFile, putProcess } from '../../support/root-tree.js'

describe('open files', () => {
  test.each([
    ['/dev/nvidia0', { kind: 'gpu', minor: 0 }],
    ['/dev/nvidia31', { kind: 'gpu', minor: 31 }],
    ['/dev/nvidia-caps/nvidia-cap12', { kind: 'capability', minor: 12 }],
    ['/dev/nvidia0 (deleted)', { kind: 'gpu', minor: 0 }],
    ['/run/nvidia/driver/dev/nvidia7', { kind: 'gpu', minor: 7 }],
    ['/run/nvidia/driver/dev/nvidia-caps/nvidia-cap439', { kind: 'capability', minor: 439 }],
  ])('%s is a device node', (target, node) => {
    expect(parseOpenNode(target)).toEqual(node)
  })

  test.each([
    '/dev/nvidiactl',
    '/dev/nvidia-uvm',
    '/dev/nvidia-modeset',
    '/home/user/nvidia0',
    '/dev/nvidia0.log',
    'socket:[12345]',
    '/dev/null',
  ])('%s is not a device node of a GPU', (target) => {
    expect(parseOpenNode(target)).toBeNull()
  })
})

describe('a scan of /proc', () => {
  test('a scan finds the processes with open device nodes, and no others', async () => {
    const root = fakeRoot()
    putProcess(root, 10, { opens: ['/dev/null', '/dev/nvidiactl'] })
    putProcess(root, 11, { opens: ['/dev/nvidia0', '/dev/nvidia3', 'pipe:[1]'] })
    putProcess(root, 12, { opens: ['/dev/nvidia-caps/nvidia-cap12', '/dev/nvidia0'] })
    putFile(root, 'proc/meminfo', '')
    mkdirSync(join(root, 'proc/13'))
    const { processes, others } = await scanProcesses(root)
    expect(processes).toEqual(
      new Map([
        [11, { gpus: new Set([0, 3]), capabilities: new Set() }],
        [12, { gpus: new Set([0]), capabilities: new Set([12]) }],
      ]),
    )
    expect(others).toEqual(new Set([10]))
  })

  test('a scan of a file tree without /proc finds no process', async () => {
    const { processes, unreadable, self } = await scanProcesses('/nowhere')
    expect([processes.size, unreadable.size, self]).toEqual([0, 0, null])
  })

  test('a scan of this machine finds the pid of this process', async () => {
    expect((await scanProcesses('/')).self).toBe(process.pid)
  })

  test('a scan finds a real open file through real links', async () => {
    const root = fakeRoot()
    putFile(root, 'dev/nvidia5', '')
    const handle = openSync(join(root, 'dev/nvidia5'), 'r')
    try {
      const { processes } = await scanProcesses('/')
      expect(processes.get(process.pid)?.gpus).toEqual(new Set([5]))
    } finally {
      closeSync(handle)
    }
  })

  test.runIf(process.getuid?.() === 0)(
    'a scan counts the processes that it may not inspect',
    async () => {
      const root = fakeRoot()
      chmodSync(root, 0o755)
      putProcess(root, 20, { opens: ['/dev/nvidia0'] })
      // A kernel thread: no command line, nothing open.
      putProcess(root, 2, { words: [] })
      for (const pid of [2, 20]) chmodSync(join(root, `proc/${pid}/fd`), 0o500)
      const nobody = 65534
      process.seteuid?.(nobody)
      try {
        const { processes, unreadable } = await scanProcesses(root)
        expect(processes.size).toBe(0)
        expect(unreadable).toEqual(new Set([20]))
      } finally {
        process.seteuid?.(0)
      }
    },
  )

  test('a scan can be aborted', async () => {
    const root = fakeRoot()
    mkdirSync(join(root, 'proc/30/fd'), { recursive: true })
    for (let handle = 0; handle < 20_000; handle++)
      symlinkSync('/dev/null', join(root, 'proc/30/fd', String(handle)))
    const mine = new Error('mine')
    await expect(scanProcesses(root, AbortSignal.abort(mine))).rejects.toBe(mine)
  })
})

describe('capabilities of instances', () => {
  test('the list of the driver says which instance a capability is for', () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB')
    const root = fakeRoot()
    writeRootTree(machine, root)
    const minors = readCapabilityMinors(root)
    // Pairs seen on real machines.
    expect(minors.get(12)).toEqual({ gpuMinor: 0, gpuInstanceId: 1, computeInstanceId: null })
    expect(minors.get(439)).toEqual({ gpuMinor: 3, gpuInstanceId: 3, computeInstanceId: 3 })
    expect(minors.get(920)).toEqual({ gpuMinor: 6, gpuInstanceId: 11, computeInstanceId: 7 })
    // Capabilities of the whole driver belong to no instance.
    expect([minors.get(1), minors.get(2)]).toEqual([undefined, undefined])
    expect(minors.size).toBe(32 * 15 * 9)
  })

  test('without a list, the access files say which instance a capability is for', () => {
    const root = fakeRoot()
    const folder = 'proc/driver/nvidia/capabilities'
    const access = (minor: number) =>
      `DeviceFileMinor: ${minor}\nDeviceFileMode: 292\nDeviceFileModify: 1\n`
    putFile(root, `${folder}/mig/config`, access(1))
    putFile(root, `${folder}/gpu6/mig/gi11/access`, access(912))
    putFile(root, `${folder}/gpu6/mig/gi11/ci7/access`, access(920))
    expect(readCapabilityMinors(root)).toEqual(
      new Map([
        [912, { gpuMinor: 6, gpuInstanceId: 11, computeInstanceId: null }],
        [920, { gpuMinor: 6, gpuInstanceId: 11, computeInstanceId: 7 }],
      ]),
    )
  })

  test('without a list and access files, no capability is known', () => {
    expect(readCapabilityMinors(fakeRoot()).size).toBe(0)
  })
})
