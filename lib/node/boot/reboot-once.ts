import { join } from 'node:path'
import type { BootOptions } from '../../../types/node/boot.js'
import { MigError } from '../../errors.js'
import { runProgram } from '../../system/run-program.js'
import { readRebootRequest, rebootFile, writeRebootRequest } from '../state/reboot-request.js'
import { stateFolderOf } from '../state/state-folder.js'

const rebootMs = 60_000

/**
 * Reboots the machine for a MIG mode, unless it has been rebooted for one before, and no boot has succeeded since.
 * The request is on the disk before the reboot. Rejects with `MIG_REBOOT_REQUIRED` where there must be none, and with
 * `MIG_STATE_FAILED` where the request cannot be written: without it, the machine might reboot for ever.
 */
export async function rebootOnce(
  cause: Error,
  bootId: string | null,
  options: BootOptions,
): Promise<void> {
  const { reboot = 'never' } = options
  if (reboot === 'never')
    throw refused(cause, 'the request for the MIG mode stays, and the next reboot grants it', {
      hint: 'reboot the machine; with --reboot once, or MIG_NVML_BOOT_REBOOT=once, mig-nvml boot does it',
    })
  if (bootId === null)
    throw refused(cause, 'the kernel reports no id of this boot, so a reboot might be one of many')
  const before = await readRebootRequest(options)
  // In the boot that has asked for it, asking again leads to the same reboot.
  if (before !== null && before.bootId !== bootId)
    throw refused(cause, 'the machine has been rebooted for it once, and is not rebooted again', {
      hint: `look for what keeps the GPU from its MIG mode; a boot or an apply --persist that succeeds, or removing ${join(stateFolderOf(options), rebootFile)}, permits another reboot`,
    })
  await writeRebootRequest(bootId, cause.message, options)
  await (reboot === 'once' ? rebootNow() : reboot())
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

function refused(cause: Error, why: string, { hint }: { readonly hint?: string } = {}): MigError {
  return new MigError('MIG_REBOOT_REQUIRED', `${cause.message}; ${why}`, {
    cause,
    ...(hint === undefined ? {} : { hint }),
  })
}
