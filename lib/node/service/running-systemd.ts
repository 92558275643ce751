import { type ProgramEnd, runProgram } from '../../system/run-program.js'
import { isSystemdRunning } from '../../system/systemd.js'
import { serviceName, undoSeconds } from '../units/units.js'

const limitMs = 30_000
/** A boot that is stopped takes back what it has begun. */
const stopLimitMs = undoSeconds * 1000 + limitMs

/** Lets a running systemd read its units again. Never rejects: without it, they count from the next boot on. */
export async function reloadUnits(): Promise<{
  readonly reloaded: boolean
  readonly warnings: readonly string[]
}> {
  if (!isSystemdRunning()) return { reloaded: false, warnings: [] }
  const reloaded = hasSucceeded(await systemctl(['daemon-reload']))
  return {
    reloaded,
    warnings: reloaded
      ? []
      : ['systemctl daemon-reload failed, so systemd knows of the change at the next boot'],
  }
}

/**
 * Stops the service where a running systemd has it active, also a boot that is under way. Units that require it run on: a
 * usual stop would stop them too. Never rejects.
 */
export async function stopService(): Promise<{
  readonly stopped: boolean
  readonly warnings: readonly string[]
}> {
  if (!isSystemdRunning()) return { stopped: false, warnings: [] }
  const asked = ['--property=ActiveState', '--property=RequiredBy', '--property=BoundBy']
  const found = await systemctl(['show', ...asked, serviceName])
  const text = found.kind === 'ended' ? found.output.all : ''
  const [state = ''] = wordsOf(text, 'ActiveState')
  const requiring = [...wordsOf(text, 'RequiredBy'), ...wordsOf(text, 'BoundBy')]
  const warnings = [...new Set(requiring)].map(
    (unit) => `${unit} requires ${serviceName}, and does not start without it`,
  )
  if (state === '' || state === 'inactive') return { stopped: false, warnings }
  const isFailed = state === 'failed'
  const stop = ['stop', '--job-mode=ignore-dependencies', serviceName]
  const stopped = !isFailed && hasSucceeded(await systemctl(stop, stopLimitMs))
  // A boot that was stopped has failed, and systemd would remember the unit for that.
  await systemctl(['reset-failed', serviceName])
  return {
    stopped,
    warnings:
      stopped || isFailed
        ? warnings
        : [...warnings, `systemctl stop ${serviceName} failed, so it may still run`],
  }
}

/** The words of a property in the output of `systemctl show`. */
function wordsOf(text: string, property: string): readonly string[] {
  const [, value = ''] = new RegExp(`^${property}=(.*)$`, 'm').exec(text) ?? []
  return value.split(' ').filter((word) => word !== '')
}

function systemctl(args: readonly string[], timeoutMs: number = limitMs): Promise<ProgramEnd> {
  const env = { ...process.env, LC_ALL: 'C' }
  return runProgram('systemctl', args, { env, timeoutMs, graceMs: 1000 })
}

function hasSucceeded(end: ProgramEnd): boolean {
  return end.kind === 'ended' && end.status === 0 && !end.isStopped
}
