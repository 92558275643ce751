import { setTimeout } from 'node:timers/promises'
import type { MigMode } from '../../../types/model/state.js'
import type { PciDevice } from '../../system/pci-devices.js'
import { loadNative } from '../addon/native.js'
import type { Success, SystemFailure } from '../addon/outcome.js'
import { failedCall, noAnswer, pciError } from './pci-error.js'

// Source of all registers and values: mig-parted v0.15.0, pkg/mig/mode/pci.go.
const chipId = 0
const ga100 = 0x170000a1
const bootComplete = 0x118234
const booted = 0x3ff
const modeNow = 0x1404
const modeNowOn = 0x8000
const modeRequest = 0x118f78
const requestMask = 0xc000
const requestOn = 0xc000
const requestOff = 0x8000

const pageBytes = 4096
/** Up to the page of the highest register. */
const mappedBytes = Math.ceil((modeRequest + 4) / pageBytes) * pageBytes
/** What a read gives when nothing answers. */
const nothing = 0xffffffff

/** How long mig-parted waits for a GPU to boot. */
export const defaultBootTimeoutMs = 5000
const pollMs = 100

/** The registers of one GPU that are about its MIG mode. */
export interface ModeRegisters {
  /** The whole word of the request, for `restore`. */
  readonly request: number
  readMode(): MigMode
  /** Requests a mode, which a reset gives effect to. */
  requestMode(enabled: boolean): void
  /** Writes back a word that `request` was. */
  restore(request: number): void
}

export interface RegisterUse {
  /** Where `/sys` lies. */
  readonly root: string
  readonly access: 'read' | 'write'
  readonly bootTimeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** Whether the chip is a GA100. Throws `MIG_PCI_FAILED` if its registers cannot be read. */
export function hasModeRegisters(device: PciDevice, root: string): boolean {
  const chip = withMap(device, root, 'read', (read) => read(chipId))
  if (chip === nothing) throw noAnswer(device)
  return chip === ga100
}

/**
 * Waits until a GPU has booted, and calls `work` with its registers, which are unmapped afterwards. Rejects with
 * `MIG_PCI_FAILED` if they cannot be mapped, if the chip is no GA100, or if the GPU does not boot in time.
 */
export async function withModeRegisters<T>(
  device: PciDevice,
  use: RegisterUse,
  work: (registers: ModeRegisters) => T,
): Promise<T> {
  await untilRegister(device, use, 'it has not booted', (read) => {
    refuseOtherChip(device, read)
    return read(bootComplete) === booted
  })
  return withMap(device, use.root, use.access, (read, write) => {
    refuseOtherChip(device, read)
    return work(
      modeRegisters(read, (request) => {
        write(modeRequest, request)
        // Reading it makes sure that the write has arrived.
        const taken = read(modeRequest) & requestMask
        if (taken !== (request & requestMask))
          throw pciError(device, 'it does not take the request for a MIG mode')
      }),
    )
  })
}

/** Waits until a GPU that was reset has booted and has the mode. Rejects with `MIG_PCI_FAILED` if it has not in time. */
export function untilModeIs(device: PciDevice, use: RegisterUse, enabled: boolean): Promise<void> {
  return untilRegister(
    device,
    use,
    'it was reset, and has not taken its mode',
    // While it resets, it does not answer.
    (read) => read(chipId) === ga100 && read(bootComplete) === booted && isOn(read) === enabled,
  )
}

async function untilRegister(
  device: PciDevice,
  { root, signal, bootTimeoutMs }: RegisterUse,
  problem: string,
  isReached: (read: Read) => boolean,
): Promise<void> {
  const waits = Math.ceil(bootTimeoutMs / pollMs)
  for (let look = 0; look <= waits; look++) {
    if (look > 0) await pause(signal)
    if (withMap(device, root, 'read', isReached)) return
  }
  throw pciError(device, `${problem} within ${bootTimeoutMs / 1000} s`)
}

/** Rejects with the reason of the signal. */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  await setTimeout(pollMs, undefined, { signal }).catch(() => {})
  signal?.throwIfAborted()
}

function refuseOtherChip(device: PciDevice, read: Read): void {
  const chip = read(chipId)
  if (chip === nothing) throw noAnswer(device)
  if (chip !== ga100) throw pciError(device, `its chip (0x${chip.toString(16)}) is no GA100`)
}

function modeRegisters(read: Read, writeRequest: (request: number) => void): ModeRegisters {
  return {
    request: read(modeRequest),
    readMode() {
      const enabled = isOn(read)
      const request = read(modeRequest) & requestMask
      if (request === requestOn) return { enabled, pending: true }
      return { enabled, pending: request === requestOff ? false : enabled }
    },
    requestMode(enabled) {
      const others = read(modeRequest) & ~requestMask
      writeRequest((others | (enabled ? requestOn : requestOff)) >>> 0)
    },
    restore: writeRequest,
  }
}

function isOn(read: Read): boolean {
  return (read(modeNow) & modeNowOn) !== 0
}

type Read = (offset: number) => number
type Write = (offset: number, value: number) => void

function withMap<T>(
  device: PciDevice,
  root: string,
  access: RegisterUse['access'],
  work: (read: Read, write: Write) => T,
): T {
  const addon = loadNative()
  function unwrap<Value>(outcome: Success<Value> | SystemFailure): Value {
    if (outcome.ok) return outcome.value
    throw failedCall(root, device, outcome)
  }
  const map = unwrap(addon.mapRegisters(device.registers, mappedBytes, access === 'write' ? 1 : 0))
  try {
    return work(
      (offset) => unwrap(addon.readRegister(map, offset)),
      (offset, value) => {
        unwrap(addon.writeRegister(map, offset, value))
      },
    )
  } finally {
    addon.unmapRegisters(map)
  }
}
