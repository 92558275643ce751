// The GPUs of a machine as PCI devices. Registers: mig-parted v0.15.0, pkg/mig/mode/pci.go.
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import {
  createSimulatedMachine,
  followRootTree,
  type SimulatedMachine,
  writeRootTree,
} from '../../../lib/simulator.js'
import { migErrorOf } from '../../support/errors.js'
import { read32 } from '../../support/pci-gpus.js'
import { callNvml } from './fixtures/foreign-client.js'
import { refused } from './fixtures/refused.js'
import { scratchFolder } from './fixtures/scratch.js'

/** For a machine under load. */
const patience = { timeout: 20_000, interval: 5 }

const chipId = 0
const modeNow = 0x1404
const bootComplete = 0x118234
const modeRequested = 0x118f78

/** The folder of a GPU below `/sys/bus/pci/devices`. */
function deviceOf(machine: SimulatedMachine, root: string, gpu = 0): string {
  const address = machine.describe().gpus[gpu]?.pciBusId.slice(-12).toLowerCase() ?? ''
  return join(root, 'sys/bus/pci/devices', address)
}

/** As mig-parted requests a mode: a write of bits 14 and 15. */
function requestMode(device: string, on: boolean): void {
  const value = read32(device, modeRequested)
  writeRegister(device, modeRequested, ((value & ~0xc000) | (on ? 0xc000 : 0x8000)) >>> 0)
}

function writeRegister(device: string, offset: number, value: number): void {
  const word = Buffer.alloc(4)
  word.writeUInt32LE(value)
  const file = openSync(join(device, 'resource0'), 'r+')
  try {
    writeSync(file, word, 0, 4, offset)
  } finally {
    closeSync(file)
  }
}

const isOn = (device: string): boolean => (read32(device, modeNow) & 0x8000) !== 0

const modesOf = (machine: SimulatedMachine): unknown =>
  machine.describe().gpus.map(({ mig }) => mig)

test('the tree shows each GPU as a PCI device', () => {
  using machine = createSimulatedMachine(
    'A100-SXM4-40GB, NVIDIA RTX PRO 6000 Blackwell Workstation Edition',
  )
  const root = scratchFolder()
  writeRootTree(machine, root)
  const read = (gpu: number, name: string) =>
    readFileSync(join(deviceOf(machine, root, gpu), name), 'utf8').trim()
  expect(['vendor', 'device', 'class'].map((name) => read(0, name))).toEqual([
    ...['0x10de', '0x20b0', '0x030200'],
  ])
  // A board that drives a screen.
  expect(read(1, 'class')).toBe('0x030000')
  const [start = 0, end = 0] = read(0, 'resource').split(' ').map(Number)
  expect(statSync(join(deviceOf(machine, root), 'resource0')).size).toBe(end - start + 1)
  const device = deviceOf(machine, root)
  expect(read32(device, 0, 'config')).toBe(0x20b010de)
  expect(readlinkSync(join(device, 'driver'))).toMatch(/\/nvidia$/)
  expect(existsSync(join(device, readlinkSync(join(device, 'driver')), 'bind'))).toBe(true)
})

test('the registers of a GA100 show its chip, that it has booted, and its mode', () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig, A30, H100 80GB HBM3')
  const root = scratchFolder()
  writeRootTree(machine, root)
  const [a100, a30, h100] = [0, 1, 2].map((gpu) => deviceOf(machine, root, gpu)) as [
    string,
    string,
    string,
  ]
  expect([a100, a30].map((device) => read32(device, chipId))).toEqual([0x170000a1, 0x170000a1])
  expect(read32(h100, chipId)).not.toBe(0x170000a1)
  expect(read32(a100, bootComplete)).toBe(0x3ff)
  expect([isOn(a100), isOn(a30)]).toEqual([true, false])
  expect(read32(h100, modeRequested)).toBe(0)
})

test('a mode that a program has written into the register is pending, and takes effect at a reset', () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB')
  machine.unloadDriver()
  const root = scratchFolder()
  writeRootTree(machine, root)
  const device = deviceOf(machine, root, 1)
  requestMode(device, true)
  writeRootTree(machine, root)
  const off = { enabled: false, pending: false }
  expect(modesOf(machine)).toEqual([off, { enabled: false, pending: true }])
  expect(isOn(device)).toBe(false)

  writeFileSync(join(device, 'reset'), '1')
  writeRootTree(machine, root)
  expect(modesOf(machine)).toEqual([off, { enabled: true, pending: true }])
  expect(isOn(device)).toBe(true)
  expect(readFileSync(join(device, 'reset'), 'utf8')).toBe('')
})

test('a reset that a program asks for while the tree is written comes with the next call', () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB')
  machine.unloadDriver()
  const root = scratchFolder()
  writeRootTree(machine, root)
  const device = deviceOf(machine, root, 1)
  requestMode(device, true)
  const whileWriting = new Proxy(machine, {
    get(target, name) {
      if (name === 'rootTree') writeFileSync(join(device, 'reset'), '1')
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  writeRootTree(whileWriting, root)
  expect(isOn(device)).toBe(false)
  writeRootTree(machine, root)
  expect(isOn(device)).toBe(true)
})

test('a register that no program has written does not undo what the driver has requested', () => {
  const store = join(scratchFolder(), 'store')
  using machine = createSimulatedMachine('A100-SXM4-40GB', { store, resetPolicy: 'manual' })
  const root = scratchFolder()
  writeRootTree(machine, root)
  callNvml(machine.env, 'mode 0 1')
  writeRootTree(machine, root)
  expect(modesOf(machine)).toEqual([{ enabled: false, pending: true }])
  expect(read32(deviceOf(machine, root), modeRequested) & 0xc000).toBe(0xc000)
})

test('a register that the machine has not changed keeps what a program has written into it', () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  const root = scratchFolder()
  writeRootTree(machine, root)
  const device = deviceOf(machine, root)
  // Without bit 15, this requests no mode.
  writeRegister(device, modeRequested, 0x4001)
  writeRootTree(machine, root)
  expect(read32(device, modeRequested)).toBe(0x4001)
})

test('a program that has the registers open sees what becomes of them', () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  const root = scratchFolder()
  writeRootTree(machine, root)
  const device = deviceOf(machine, root)
  const file = openSync(join(device, 'resource0'), 'r')
  try {
    machine.requestMode(0, true)
    machine.resetGpu(0)
    writeRootTree(machine, root)
    const word = Buffer.alloc(4)
    readSync(file, word, 0, 4, modeNow)
    expect(word.readUInt32LE()).toBe(0x8000)
  } finally {
    closeSync(file)
  }
})

test('a reset of a busy GPU is refused once, and other GPUs are reset all the same', () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB')
  machine.addProcess({ pid: 7, gpu: 0 })
  const root = scratchFolder()
  writeRootTree(machine, root)
  for (const gpu of [0, 1]) {
    requestMode(deviceOf(machine, root, gpu), true)
    writeFileSync(join(deviceOf(machine, root, gpu), 'reset'), '1')
  }
  expect(migErrorOf(() => writeRootTree(machine, root)).message).toContain('in use')
  expect([0, 1].map((gpu) => isOn(deviceOf(machine, root, gpu)))).toEqual([false, true])
  expect(() => writeRootTree(machine, root)).not.toThrow()
})

test('a platform that resets no GPU has no reset file', () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'refused' })
  const root = scratchFolder()
  writeRootTree(machine, root)
  expect(existsSync(join(deviceOf(machine, root), 'reset'))).toBe(false)
})

test('a lost GPU answers no read of its registers', () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  const root = scratchFolder()
  writeRootTree(machine, root)
  machine.loseGpu(0)
  writeRootTree(machine, root)
  const device = deviceOf(machine, root)
  expect([chipId, modeNow, modeRequested].map((at) => read32(device, at))).toEqual([
    ...[0xffffffff, 0xffffffff, 0xffffffff],
  ])
})

test('a register file that was cut short is made anew', () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const root = scratchFolder()
  writeRootTree(machine, root)
  const device = deviceOf(machine, root)
  for (const size of [16, 2 ** 23]) {
    truncateSync(join(device, 'resource0'), size)
    writeRootTree(machine, root)
    expect(statSync(join(device, 'resource0')).size).toBe(2 ** 24)
    expect(isOn(device)).toBe(true)
  }
})

test('without a driver, the tree has its modules, its device nodes and its part of /proc no longer', () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const root = scratchFolder()
  writeRootTree(machine, root)
  const modules = () => readFileSync(join(root, 'proc/modules'), 'utf8')
  expect(modules()).toMatch(/^nvidia \d/m)
  machine.unloadDriver()
  writeRootTree(machine, root)
  expect(modules()).not.toMatch(/^nvidia/m)
  // mig-parted takes the first word of every line.
  expect(modules()).toMatch(/^\w+ \d/)
  expect(readFileSync(join(root, 'proc/devices'), 'utf8')).not.toContain('nvidia')
  expect(
    ['proc/driver', 'dev', 'sys/bus/pci/drivers'].map((path) => existsSync(join(root, path))),
  ).toEqual([...[false, false, false]])
  expect(existsSync(join(deviceOf(machine, root), 'driver'))).toBe(false)
  machine.loadDriver()
  writeRootTree(machine, root)
  expect(existsSync(join(root, 'proc/driver/nvidia/version'))).toBe(true)
})

test('a followed tree resets a GPU when a program writes into its reset file', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  machine.unloadDriver()
  const root = scratchFolder()
  using _followed = followRootTree(machine, root)
  const device = deviceOf(machine, root)
  requestMode(device, true)
  writeFileSync(join(device, 'reset'), '1')
  await vi.waitFor(() => expect(isOn(device)).toBe(true), patience)
  expect(modesOf(machine)).toEqual([{ enabled: true, pending: true }])
})

test('a followed tree reports a reset that the machine refuses', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  machine.addProcess({ pid: 7, gpu: 0 })
  const root = scratchFolder()
  const errors: Error[] = []
  using _followed = followRootTree(machine, root, { onError: (error) => errors.push(error) })
  writeFileSync(join(deviceOf(machine, root), 'reset'), '1')
  await vi.waitFor(() => expect(errors).toEqual([refused('in use')]), patience)
})
