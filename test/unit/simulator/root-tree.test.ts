import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import {
  createSimulatedMachine,
  type SimulatedMachine,
  type SimulatedRootEntry,
  writeRootTree,
} from '../../../lib/simulator.js'
import { callNvml } from './fixtures/foreign-client.js'
import { refused } from './fixtures/refused.js'
import { scratchFolder } from './fixtures/scratch.js'

function contentOf(machine: SimulatedMachine, path: string): string | undefined {
  const entry = machine.rootTree().find((candidate) => candidate.path === path)
  return entry?.kind === 'file' ? entry.content : undefined
}

function accessFiles(machine: SimulatedMachine): readonly string[] {
  return machine
    .rootTree()
    .filter(({ kind }) => kind === 'file')
    .map((entry) => entry.path)
    .filter((path) => path.startsWith('/proc/driver/nvidia/capabilities/gpu'))
}

describe('the capabilities of MIG', () => {
  it('capabilities have the minor numbers of the kernel module', () => {
    using machine = createSimulatedMachine('T4')
    const lines = contentOf(machine, '/proc/driver/nvidia-caps/mig-minors')?.trimEnd().split('\n')
    // 32 GPUs with 15 GPU instances of 8 compute instances each, and the two global ones.
    expect(lines).toHaveLength(2 + 32 * 15 * (1 + 8))
    // Listings from real machines, and the highest number.
    expect(lines).toEqual(
      expect.arrayContaining([
        'config 1',
        'monitor 2',
        'gpu0/gi1/access 12',
        'gpu3/gi3/ci3/access 439',
        'gpu6/gi11/ci7/access 920',
        'gpu31/gi14/ci7/access 4322',
      ]),
    )
  })

  it('only live instances have access files, each with its device node', () => {
    const store = join(scratchFolder(), 'machine.store')
    using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig', { store })
    expect(accessFiles(machine)).toEqual([])
    callNvml(machine.env, 'create 1 9', 'compute 1 2 0', 'compute 1 2 0')
    expect(accessFiles(machine)).toEqual([
      '/proc/driver/nvidia/capabilities/gpu1/mig/gi2/access',
      '/proc/driver/nvidia/capabilities/gpu1/mig/gi2/ci0/access',
      '/proc/driver/nvidia/capabilities/gpu1/mig/gi2/ci1/access',
    ])

    const minors = contentOf(machine, '/proc/driver/nvidia-caps/mig-minors')
    const nodes = machine.rootTree().filter((entry) => entry.kind === 'device')
    for (const path of accessFiles(machine)) {
      const content = contentOf(machine, path)
      const minor = Number(/^DeviceFileMinor: (\d+)$/m.exec(content ?? '')?.[1])
      expect(content).toBe(`DeviceFileMinor: ${minor}\nDeviceFileMode: 292\nDeviceFileModify: 1\n`)
      const name = path.replace('/proc/driver/nvidia/capabilities/', '').replace('/mig/', '/')
      expect(minors).toContain(`\n${name} ${minor}\n`)
      expect(nodes.find((node) => node.path === `/dev/nvidia-caps/nvidia-cap${minor}`)).toEqual({
        kind: 'device',
        path: `/dev/nvidia-caps/nvidia-cap${minor}`,
        device: { type: 'char', major: capabilitiesMajor(machine), minor, mode: 0o444 },
      })
    }
    callNvml(machine.env, 'destroy-compute 1 2 1')
    expect(accessFiles(machine)).toHaveLength(2)
  })

  it('the configuration capability belongs to root', () => {
    using machine = createSimulatedMachine('T4')
    expect(contentOf(machine, '/proc/driver/nvidia/capabilities/mig/config')).toContain(
      'DeviceFileMode: 256',
    )
    expect(contentOf(machine, '/proc/driver/nvidia/capabilities/mig/monitor')).toContain(
      'DeviceFileMode: 292',
    )
  })
})

function capabilitiesMajor(machine: SimulatedMachine): number {
  return Number(/^ *(\d+) nvidia-caps$/m.exec(contentOf(machine, '/proc/devices') ?? '')?.[1])
}

describe('the driver', () => {
  it.each([
    ['R535', 'nvidia-frontend'],
    ['550.40.07', 'nvidia'],
    ['R580', 'nvidia'],
  ])('%s names its character device %s', (driver, name) => {
    using machine = createSimulatedMachine('T4', { driver })
    expect(contentOf(machine, '/proc/devices')).toMatch(new RegExp(`^195 ${name}$`, 'm'))
  })

  it('the tree reports the driver version and the GPUs', () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB', { driver: '580.65.06' })
    expect(contentOf(machine, '/proc/driver/nvidia/version')).toMatch(
      /^NVRM version: NVIDIA UNIX \w+ Kernel Module {2}580\.65\.06 /,
    )
    for (const gpu of machine.describe().gpus) {
      const bus = gpu.pciBusId.slice('0000'.length).toLowerCase()
      const text = contentOf(machine, `/proc/driver/nvidia/gpus/${bus}/information`)
      expect(text).toContain(gpu.uuid)
      expect(text).toMatch(new RegExp(`^Device Minor:\\s+${gpu.minorNumber}$`, 'm'))
    }
  })
})

describe('writeRootTree', () => {
  it('writeRootTree writes the tree, and updates it after a change', () => {
    const store = join(scratchFolder(), 'machine.store')
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { store })
    const root = scratchFolder()
    const access = join(root, 'proc/driver/nvidia/capabilities/gpu0/mig/gi0/access')
    callNvml(machine.env, 'create 0 0')
    writeRootTree(machine, root)
    expect(readFileSync(access, 'utf8')).toContain('DeviceFileMinor: 3\n')

    const entries: SimulatedRootEntry[] = JSON.parse(
      readFileSync(join(root, 'root-tree.json'), 'utf8'),
    )
    expect(entries).toContainEqual({
      kind: 'device',
      path: '/dev/nvidia0',
      device: { type: 'char', major: 195, minor: 0, mode: 0o666 },
    })
    for (const { path, kind } of entries) {
      if (kind === 'folder' || kind === 'link') continue
      const status = statSync(join(root, path))
      const isPlain = kind === 'device' ? status.size === 0 : status.isFile()
      expect(status.isCharacterDevice() || isPlain, path).toBe(true)
    }

    callNvml(machine.env, 'destroy 0 0')
    writeRootTree(machine, root)
    expect(readdirSync(join(root, 'proc/driver/nvidia/capabilities/gpu0/mig'))).toEqual([])
    expect(existsSync(join(root, 'dev/nvidia-caps/nvidia-cap3'))).toBe(false)
  })

  it('where no device node can be made, an empty file takes its place, and the list describes the node', () => {
    using machine = createSimulatedMachine('T4')
    const root = scratchFolder()
    // For root, this hides the program that makes them.
    vi.stubEnv('PATH', '')
    try {
      writeRootTree(machine, root)
    } finally {
      vi.unstubAllEnvs()
    }
    const status = statSync(join(root, 'dev/nvidia0'))
    expect({ isFile: status.isFile(), size: status.size }).toEqual({ isFile: true, size: 0 })
    expect(JSON.parse(readFileSync(join(root, 'root-tree.json'), 'utf8'))).toContainEqual({
      kind: 'device',
      path: '/dev/nvidia0',
      device: { type: 'char', major: 195, minor: 0, mode: 0o666 },
    })
  })

  // open-gpu-kernel-modules 595.45.04: nv-caps.c numbers the fabric's capability first and IMEX's last;
  // os.c makes a folder for the MIG capabilities of every GPU.
  it("the tree also has the driver's other lists of minors, IMEX, and a folder for each GPU", () => {
    using machine = createSimulatedMachine('T4, A100-SXM4-40GB')
    const root = scratchFolder()
    writeRootTree(machine, root)
    const read = (path: string) => readFileSync(join(root, 'proc/driver', path), 'utf8')
    expect(read('nvidia-caps/nvlink-minors')).toBe('fabric-mgmt 0\n')
    expect(read('nvidia-caps/sys-minors')).toBe('fabric-imex-mgmt 4323\n')
    expect(read('nvidia/capabilities/fabric-imex-mgmt')).toBe(
      'DeviceFileMinor: 4323\nDeviceFileMode: 256\nDeviceFileModify: 1\n',
    )
    for (const gpu of ['gpu0', 'gpu1'])
      expect(readdirSync(join(root, 'proc/driver/nvidia/capabilities', gpu))).toEqual(['mig'])
  })

  it('writeRootTree removes the folder of a GPU that is gone, and leaves foreign files in it', () => {
    using two = createSimulatedMachine('2x T4')
    using one = createSimulatedMachine('T4')
    const root = scratchFolder()
    const folderOf = (gpu: string) => join(root, 'proc/driver/nvidia/capabilities', gpu)
    writeRootTree(two, root)
    writeRootTree(one, root)
    expect(existsSync(folderOf('gpu1'))).toBe(false)
    writeFileSync(join(folderOf('gpu0'), 'mig/mine'), 'mine')
    writeRootTree(one, root)
    expect(readdirSync(join(folderOf('gpu0'), 'mig'))).toEqual(['mine'])
  })

  it('writeRootTree changes no file that it did not write', () => {
    using machine = createSimulatedMachine('T4')
    const root = scratchFolder()
    mkdirSync(join(root, 'proc'))
    writeFileSync(join(root, 'proc/cpuinfo'), 'mine')
    writeRootTree(machine, root)
    writeRootTree(machine, root)
    expect(readFileSync(join(root, 'proc/cpuinfo'), 'utf8')).toBe('mine')

    const other = scratchFolder()
    mkdirSync(join(other, 'proc'))
    writeFileSync(join(other, 'proc/devices'), 'mine')
    expect(() => writeRootTree(machine, other)).toThrow(refused(`${other}/proc/devices exists`))
    expect(readdirSync(other)).toEqual(['proc'])
    expect(readdirSync(join(other, 'proc'))).toEqual(['devices'])
    expect(() => writeRootTree(machine, '/')).toThrow(refused('/proc/devices exists'))
  })
})

describe('with processes, the tree', () => {
  it('the tree with processes shows the open device nodes of each, and removes ended processes', () => {
    const store = join(scratchFolder(), 'machine.store')
    using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig', { store })
    callNvml(machine.env, 'create 1 9', 'compute 1 2 0')
    machine.addProcess({
      pid: 4711,
      gpu: 1,
      gpuInstanceId: 2,
      computeInstanceId: 0,
      name: 'python3',
    })
    machine.addProcess({ pid: 815, gpu: 0, name: 'Xorg', kind: 'graphics' })
    const root = scratchFolder()
    writeRootTree(machine, root, { processes: true })
    const opens = (pid: number) =>
      readdirSync(join(root, `proc/${pid}/fd`)).map((fd) =>
        readlinkSync(join(root, `proc/${pid}/fd`, fd)),
      )
    // 156 and 157 by the kernel module's numbering: 3 + 135 for the GPU + 9 for each GPU instance.
    expect(opens(4711)).toEqual([
      ...['/dev/nvidiactl', '/dev/nvidia1'],
      ...['/dev/nvidia-caps/nvidia-cap156', '/dev/nvidia-caps/nvidia-cap157'],
    ])
    expect(opens(815)).toEqual(['/dev/nvidiactl', '/dev/nvidia0'])
    expect(readFileSync(join(root, 'proc/4711/cmdline'), 'utf8')).toBe('python3\0')
    machine.removeProcess(4711)
    writeRootTree(machine, root, { processes: true })
    expect(existsSync(join(root, 'proc/4711'))).toBe(false)
    expect(existsSync(join(root, 'proc/815'))).toBe(true)
    writeRootTree(machine, root)
    expect(existsSync(join(root, 'proc/815'))).toBe(false)
  })
})
