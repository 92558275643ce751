import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GpuState } from '../../types/model/state.js'

export interface PciGpu
  extends Pick<GpuState, 'index' | 'pciBusId' | 'pciDeviceId' | 'pciSubsystemId'> {
  readonly numaNode: number
}

/** Below `sys`, what the kernel tells of these GPUs and of the machine's board. */
export function writeSysTree(sys: string, gpus: readonly PciGpu[]): void {
  const devices = join(sys, 'bus/pci/devices')
  mkdirSync(devices, { recursive: true })
  for (const { pciBusId, pciDeviceId, pciSubsystemId, numaNode } of gpus) {
    // NVML writes the domain with eight digits, sysfs with four.
    const folder = join(devices, pciBusId.slice(-12).toLowerCase())
    const files = {
      vendor: hex(pciDeviceId & 0xffff),
      device: hex(pciDeviceId >>> 16),
      subsystem_vendor: hex(pciSubsystemId & 0xffff),
      subsystem_device: hex(pciSubsystemId >>> 16),
      // 3D controller: a GPU without a display.
      class: '0x030200',
      numa_node: `${numaNode}`,
      resource: '0x0000000000000000 0x0000000000000000 0x0000000000000000',
    }
    mkdirSync(folder)
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder, name), `${content}\n`)
    // A configuration space without capabilities: no vGPU.
    writeFileSync(join(folder, 'config'), Buffer.alloc(256))
  }
  const board = join(sys, 'class/dmi/id')
  mkdirSync(board, { recursive: true })
  writeFileSync(join(board, 'product_name'), 'Simulated 8\n')
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`
}
