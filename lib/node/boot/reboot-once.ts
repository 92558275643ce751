import { join } from 'node:path'
import type { BootOptions } from '../../../types/node/boot.js'
import { isMigError, MigError } from '../../errors.js'
import { describeEnd } from '../../machine/operation/describe-end.js'
import { formatIndexRanges } from '../../model/gpu-text.js'
import { runProgram } from '../../system/run-program.js'
import { readRebootRequest, rebootFile, writeRebootRequest } from '../state/reboot-request.js'
import { stateFolderOf } from '../state/state-folder.js'

const rebootMs = 60_000

/**
 * Reboots the machine for modes that failed with this error. `request` requests the modes without a reset, and returns
 * the indexes of the GPUs whose mode is pending then.
 */
export type RebootFor = (
  cause: MigError,
  request: () => Promise<readonly number[]>,
) => Promise<void>

/** Whether a GPU would get its mode at a reboot of the machine. */
export function needsReboot(error: unknown): error is MigError {
  const codes = ['MIG_REBOOT_REQUIRED', 'MIG_RESET_REQUIRED', 'MIG_RESET_TIMEOUT']
  return isMigError(error) && codes.includes(error.code)
}

interface RebootOptions extends BootOptions {
  readonly bootId: string | null
  /** Called when the reboot is about to be requested. */
  readonly onReboot: (what: string) => void
}

/**
 * Reboots the machine for the modes of these GPUs, unless it has been rebooted for modes before, and no boot has
 * succeeded since. The request is on the disk before the reboot. Rejects with `MIG_REBOOT_REQUIRED` where there must be
 * none, and with `MIG_STATE_FAILED` where the request cannot be written: without it, the machine might reboot for ever.
 */
export async function rebootOnce(
  cause: MigError,
  pending: readonly number[],
  options: RebootOptions,
): Promise<void> {
  const { reboot = 'never', bootId } = options
  // A reboot would set nothing.
  if (pending.length === 0) throw cause
  const what = `the MIG mode of GPU ${formatIndexRanges(pending)} is pending a reboot of the machine`
  const refused = (why: string, hint?: string): MigError =>
    new MigError('MIG_REBOOT_REQUIRED', `${what}: ${withoutEnd(cause)}; ${why}`, {
      cause,
      ...(hint === undefined ? {} : { hint }),
    })
  if (reboot === 'never')
    throw refused(
      'the next reboot sets it',
      'reboot the machine; with --reboot once, or MIG_NVML_BOOT_REBOOT=once, mig-nvml boot does it',
    )
  if (bootId === null)
    throw refused('the kernel reports no id of this boot, so a reboot might be one of many')
  const before = await readRebootRequest(options)
  // In the boot that has asked for it, asking again leads to the same reboot.
  if (before !== null && before.bootId !== bootId)
    throw refused(
      'the machine has been rebooted for that once, and is not rebooted again',
      `look for what keeps the GPU from its MIG mode; a boot or an apply --persist that succeeds, or removing ${join(stateFolderOf(options), rebootFile)}, permits another reboot`,
    )
  await writeRebootRequest(bootId, withoutEnd(cause), options)
  options.onReboot(what)
  await (reboot === 'once' ? rebootNow() : reboot())
}

/** The message of a failed apply without how the machine was then. */
function withoutEnd({ message, report }: MigError): string {
  const end = report === undefined ? '' : `; ${describeEnd(report)}`
  return end !== '' && message.endsWith(end) ? message.slice(0, -end.length) : message
}

/** Returns at once: the manager of the system stops this very process on the way. */
async function rebootNow(): Promise<void> {
  const end = await runProgram('systemctl', ['--no-block', 'reboot'], {
    env: { ...process.env, LC_ALL: 'C' },
    timeoutMs: rebootMs,
    graceMs: 1000,
  })
  if (end.kind === 'ended' && end.status === 0 && !end.isStopped) return
  const why =
    end.kind === 'not-started'
      ? end.error.message
      : end.output.stderr.trim().split('\n').at(-1) || 'it did not answer in time'
  throw new MigError('MIG_REBOOT_REQUIRED', `systemctl reboot failed: ${why}`, {
    hint: 'reboot the machine',
  })
}
