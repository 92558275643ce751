import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import type { SimulatedMachine } from '../../types/simulator/machine.js'
import { toError } from '../errors.js'
import { kernelAddress } from '../model/pci-address.js'
import { readRegister } from './register-file.js'
import { placeBelow, statusOf, type TreeList } from './tree-paths.js'

/** The folder of the PCI devices in a tree. */
export const pciFolder = '/sys/bus/pci/devices'

// Source of the register: mig-parted v0.15.0, pkg/mig/mode/pci.go.
const modeRequested = 0x118f78
const requestMask = 0xc000
const requestOn = 0xc000
const requestOff = 0x8000

/**
 * Lets the GPUs of a machine take what programs have written into its tree since `listed` was written: a mode into the
 * mode register, and anything into `reset`. A register that has not changed says nothing, because the driver may have
 * requested another mode meanwhile. Returns the error of each reset that the machine refuses.
 */
export function takeRequests(
  machine: SimulatedMachine,
  root: string,
  listed: TreeList,
): readonly Error[] {
  const refusals: Error[] = []
  for (const { index, pciBusId, lost } of machine.describe().gpus) {
    const folder = join(pciFolder, kernelAddress(pciBusId))
    if (lost) continue
    const reset = join(folder, 'reset')
    const isResetting = isResetRequested(root, reset, listed)
    // First, so that no request that comes meanwhile is lost.
    if (isResetting) truncateSync(placeBelow(root, reset))
    const mode = requestedMode(root, join(folder, 'resource0'), listed)
    if (mode !== null) machine.requestMode(index, mode)
    if (!isResetting) continue
    try {
      machine.resetGpu(index)
    } catch (error) {
      refusals.push(toError(error))
    }
  }
  return refusals
}

/** Null: no program has requested a mode. */
function requestedMode(root: string, path: string, { registers }: TreeList): boolean | null {
  const written = registers.get(path)?.get(modeRequested)
  if (written === undefined) return null
  const file = placeBelow(root, path)
  if (statusOf(file) === undefined) return null
  const value = readRegister(file, modeRequested)
  if (value === null) return null
  const now = value & requestMask
  if (now === (written & requestMask)) return null
  if (now === requestOn) return true
  return now === requestOff ? false : null
}

/** Whether a path is a file into which programs write requests. It may have one at any moment. */
export function isRequestFile(path: string): boolean {
  return path.startsWith(`${pciFolder}/`) && path.endsWith('/reset')
}

/** Whether a tree asks for the reset of a GPU: its `reset` file is not empty. */
export function isResetRequested(root: string, path: string, { files }: TreeList): boolean {
  if (!files.includes(path)) return false
  const status = statusOf(placeBelow(root, path))
  return status?.isFile() === true && status.nlink === 1 && status.size > 0
}
