// GPUs on a PCI bus as the kernel shows them, made by hand. Registers: mig-parted v0.15.0, pkg/mig/mode/pci.go.
import {
  closeSync,
  mkdirSync,
  openSync,
  readSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { putFile } from './root-tree.js'

export const ga100 = 0x170000a1
const bootComplete = 0x118234
const modeNow = 0x1404
const modeRequested = 0x118f78
/** Bits of the request register that are none of ours. */
export const foreignBits = 0x12340001

export interface HandMadeGpu {
  readonly address?: string
  readonly vendor?: string
  readonly class?: string
  readonly chip?: number
  readonly enabled?: boolean
  /** Bits 14 and 15 of the request register. */
  readonly request?: number
  readonly booted?: boolean
  readonly driver?: string
  readonly reset?: boolean
}

/** Puts a GPU into a file tree, and returns its folder there. */
export function putPciGpu(root: string, gpu: HandMadeGpu = {}): string {
  const { address = '0000:07:00.0', chip = ga100, enabled = false, booted = true, driver } = gpu
  const device = `sys/bus/pci/devices/${address}`
  const files = {
    vendor: gpu.vendor ?? '0x10de',
    device: '0x20b0',
    subsystem_vendor: '0x10de',
    subsystem_device: '0x134f',
    class: gpu.class ?? '0x030200',
  }
  for (const [name, text] of Object.entries(files)) putFile(root, `${device}/${name}`, `${text}\n`)
  if (gpu.reset !== false) putFile(root, `${device}/reset`, '')
  const folder = join(root, device)
  if (driver !== undefined) {
    mkdirSync(join(root, 'sys/bus/pci/drivers', driver), { recursive: true })
    symlinkSync(`../../drivers/${driver}`, join(folder, 'driver'))
  }
  writeFileSync(join(folder, 'resource0'), '')
  truncateSync(join(folder, 'resource0'), 2 ** 24)
  write32(folder, 0, chip)
  write32(folder, bootComplete, booted ? 0x3ff : 0x1f)
  write32(folder, modeNow, enabled ? 0x8000 : 0)
  write32(folder, modeRequested, foreignBits | (gpu.request ?? 0))
  return folder
}

export function read32(folder: string, offset: number, name = 'resource0'): number {
  const file = openSync(join(folder, name), 'r')
  try {
    const word = Buffer.alloc(4)
    readSync(file, word, 0, 4, offset)
    return word.readUInt32LE()
  } finally {
    closeSync(file)
  }
}

export function write32(folder: string, offset: number, value: number): void {
  const word = Buffer.alloc(4)
  word.writeUInt32LE(value >>> 0)
  const file = openSync(join(folder, 'resource0'), 'r+')
  try {
    writeSync(file, word, 0, 4, offset)
  } finally {
    closeSync(file)
  }
}

export const requestOf = (folder: string): number => read32(folder, modeRequested)

/** What a reset of the GPU does. */
export function takeMode(folder: string): void {
  write32(folder, modeNow, (requestOf(folder) & 0xc000) === 0xc000 ? 0x8000 : 0)
}

/** The GPU has fallen off the bus. */
export function silence(folder: string): void {
  for (const offset of [0, bootComplete, modeNow, modeRequested])
    write32(folder, offset, 0xffffffff)
}
