import { isAbsolute } from 'node:path'
import { MigError } from '../../errors.js'
import { runProgram } from '../../system/run-program.js'

const limitMs = 60_000

/**
 * Asks the host to reboot. In a container, `root` is where the host's root folder is mounted, and the reboot is that of the host's
 * own program, as mig-manager does it.
 */
export async function rebootHost(root: string | null): Promise<void> {
  if (root !== null && !isAbsolute(root))
    throw new TypeError('the root of the host must be absolute')
  const [command, args] =
    root === null ? ['systemctl', ['reboot']] : ['chroot', [root, 'systemctl', 'reboot']]
  const end = await runProgram(command as string, args as string[], {
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    graceMs: 1000,
    timeoutMs: limitMs,
  })
  if (end.kind === 'ended' && end.status === 0) return
  const why =
    end.kind === 'not-started'
      ? end.error.message
      : end.kind === 'stuck'
        ? 'it does not end'
        : end.output.all.trim().slice(-500) || `status ${end.status}`
  throw new MigError('MIG_REBOOT_REQUIRED', `the reboot could not be requested: ${why}`)
}
