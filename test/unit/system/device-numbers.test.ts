import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readMigState } from '../../../lib/index.js'
import { createSimulatedMachine, writeRootTree } from '../../../lib/simulator.js'
import { readDeviceNumbers } from '../../../lib/system/device-numbers.js'
import { divide, readWithRoot } from '../../support/machine-root.js'
import { fakeRoot, putFile } from '../../support/root-tree.js'

const devices =
  'Character devices:\n195 nvidia\n195 nvidia-modeset\n235 nvidia-caps\n510 nvidia-uvm\n'
const parameters = 'DeviceFileUID: 0\nDeviceFileGID: 44\nDeviceFileMode: 432\nRegistryDwords: ""\n'

describe('the numbers of device nodes', () => {
  test('readMigState reads majors, minors and modes below its root', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +minor=3')
    const { deviceNumbers } = await readWithRoot(machine)
    expect(deviceNumbers?.majors).toEqual({ gpu: 195, modeset: 195, uvm: 510, capabilities: 235 })
    expect(deviceNumbers?.nodes).toEqual({ mode: 0o666, uid: 0, gid: 0 })
    expect(deviceNumbers?.missing).toEqual([])
    expect(deviceNumbers?.capabilities).toMatchObject({ config: 1, monitor: 2 })
    const [gpu, ...others] = deviceNumbers?.capabilities?.gpus ?? []
    expect([gpu?.gpuMinor, others]).toEqual([3, []])
    // A line of a real list: gpu3/gi3/ci3/access 439.
    expect(gpu?.computeInstances[3]?.[3]).toBe(439)
    expect(gpu?.gpuInstances).toHaveLength(15)
    expect(gpu?.computeInstances.every((numbers) => numbers.length === 8)).toBe(true)
  })

  test('readMigState reads no numbers for a machine without a file tree', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    expect((await readMigState({ library: machine.library })).deviceNumbers).toBeUndefined()
  })

  test('readMigState takes the root of the library, and its own root before that', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    const [one, other] = [fakeRoot(), fakeRoot()]
    putFile(one, 'proc/devices', 'Character devices:\n111 nvidia\n')
    putFile(other, 'proc/devices', 'Character devices:\n222 nvidia\n')
    const library = { ...machine.library, root: one }
    expect((await readMigState({ library })).deviceNumbers?.majors?.gpu).toBe(111)
    const own = await readMigState({ library, root: other })
    expect(own.deviceNumbers?.majors?.gpu).toBe(222)
  })

  test('a root without the files of a driver gives no numbers, and says what is missing', () => {
    const root = fakeRoot()
    const numbers = readDeviceNumbers(root, [0])
    expect(numbers).toMatchObject({ majors: null, capabilities: null, nodes: null })
    expect(numbers.missing.join('\n')).toContain(`there is no ${join(root, 'proc/driver/nvidia')}:`)
    expect(numbers.missing.join('\n')).toContain(join(root, 'proc/devices'))
    expect(numbers.missing.join('\n')).toContain(join(root, 'proc/driver/nvidia-caps/mig-minors'))
  })

  test('a file of another form is missing with its line, and the others count', () => {
    const root = fakeRoot()
    putFile(root, 'proc/devices', devices)
    putFile(root, 'proc/driver/nvidia/params', parameters)
    putFile(root, 'proc/driver/nvidia-caps/mig-minors', 'config 1\ngarbage\n')
    const numbers = readDeviceNumbers(root, [0])
    expect(numbers.capabilities).toBeNull()
    expect(numbers.majors?.gpu).toBe(195)
    expect(numbers.nodes).toEqual({ mode: 0o660, uid: 0, gid: 44 })
    expect(numbers.missing).toHaveLength(1)
    expect(numbers.missing[0]).toContain('mig-minors: line 2 ')
  })

  test('without the list of capabilities, those of live instances count', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    await divide(machine, { 0: { '3g.20gb': 1 } })
    const root = fakeRoot()
    rmSync(join(root, 'proc'), { recursive: true })
    writeRootTree(machine, root)
    const [listed] = readDeviceNumbers(root, [0]).capabilities?.gpus ?? []
    rmSync(join(root, 'proc/driver/nvidia-caps'), { recursive: true })
    const { capabilities, missing } = readDeviceNumbers(root, [0])
    expect(missing).toEqual([])
    expect(capabilities).toMatchObject({ config: 1, monitor: 2 })
    const [instance] = machine.describe().gpus[0]?.gpuInstances ?? []
    const id = instance?.id ?? -1
    const [live] = capabilities?.gpus ?? []
    expect(live?.gpuInstances[id]).toBe(listed?.gpuInstances[id])
    expect(live?.gpuInstances.filter((minor) => minor !== null)).toHaveLength(1)
  })

  test('a driver before R550.40 has one major number under its old name', () => {
    const root = fakeRoot()
    putFile(root, 'proc/devices', 'Character devices:\n195 nvidia-frontend\n235 nvidia-caps\n')
    expect(readDeviceNumbers(root, []).majors).toEqual({
      gpu: 195,
      modeset: 195,
      uvm: null,
      capabilities: 235,
    })
  })
})
