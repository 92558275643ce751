import type { PciGpu, PciModeChange } from '../../../types/machine/pci.js'
import { untilModeIs, withModeRegisters } from '../../driver/pci/mode-registers.js'
import { rebootHint } from '../../driver/reset/reset-failure.js'
import { MigError } from '../../errors.js'
import { type PciResetFailure, resetPciFunction } from '../../system/pci-reset.js'
import type { FoundGpu } from './pci-gpus.js'

export interface ModeChangeOptions {
  readonly root: string
  readonly skipReset: boolean
  readonly signal: AbortSignal | undefined
  readonly bootTimeoutMs: number
}

/** The change of one GPU's mode, and how to take it back. */
export interface ModeChange {
  run(): Promise<PciModeChange>
  /** Idempotent. Takes back what `run` has done, also when it has failed in the middle. */
  undo(): Promise<void>
}

export function createModeChange(
  { gpu, device }: FoundGpu,
  enabled: boolean,
  { root, skipReset, signal, bootTimeoutMs }: ModeChangeOptions,
): ModeChange {
  /** The request that was in the register; null: it is still there. */
  let before: number | null = null
  let wasReset = false

  async function reset(wanted: boolean): Promise<void> {
    const failure = await resetPciFunction(root, device.address)
    if (failure !== null) throw notReset(gpu, failure)
    wasReset = true
    // A reset that has begun must end, whatever the signal says.
    await untilModeIs(device, { root, access: 'read', bootTimeoutMs }, wanted)
  }

  return {
    async run() {
      const use = { root, access: 'write', signal, bootTimeoutMs } as const
      const mode = await withModeRegisters(device, use, (registers) => {
        const found = registers.readMode()
        if (found.pending !== enabled) {
          before = registers.request
          registers.requestMode(enabled)
        }
        return found
      })
      const change = { gpu, enabled, reset: false }
      if (mode.enabled === enabled)
        return { ...change, outcome: before === null ? 'unchanged' : 'changed' }
      if (skipReset) return { ...change, outcome: 'pending' }
      signal?.throwIfAborted()
      await reset(enabled)
      return { ...change, outcome: 'changed', reset: true }
    },
    async undo() {
      if (before === null) return
      const request = before
      const use = { root, access: 'write', bootTimeoutMs } as const
      await withModeRegisters(device, use, (registers) => {
        // The word may say nothing, and then a reset would keep the new mode.
        if (wasReset) registers.requestMode(!enabled)
        else registers.restore(request)
      })
      if (wasReset) await reset(!enabled)
      before = null
    },
  }
}

/** `MIG_REBOOT_REQUIRED` where the kernel has no reset of the GPU, `MIG_RESET_REQUIRED` where it failed. */
function notReset({ index }: PciGpu, { kind, text, cause }: PciResetFailure): MigError {
  return new MigError(
    kind === 'unsupported' ? 'MIG_REBOOT_REQUIRED' : 'MIG_RESET_REQUIRED',
    `GPU ${index}: the GPU was not reset: ${text}`,
    { cause, hint: kind === 'forbidden' ? 'run as root: a reset needs it' : rebootHint },
  )
}
