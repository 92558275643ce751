import { runProgram } from '../../system/run-program.js'
import { isSystemdRunning } from '../../system/systemd.js'

const limitMs = 30_000

/** Lets a running systemd read its units again. Never rejects: without it, they count from the next boot on. */
export async function reloadUnits(): Promise<{
  readonly reloaded: boolean
  readonly warnings: readonly string[]
}> {
  if (!isSystemdRunning()) return { reloaded: false, warnings: [] }
  const end = await runProgram('systemctl', ['daemon-reload'], {
    env: { ...process.env, LC_ALL: 'C' },
    timeoutMs: limitMs,
    graceMs: 1000,
  })
  const reloaded = end.kind === 'ended' && end.status === 0
  return {
    reloaded,
    warnings: reloaded
      ? []
      : ['systemctl daemon-reload failed, so systemd knows of the change at the next boot'],
  }
}
