import type { ClientIdentity } from '../../../types/machine/clients.js'
import { readControlGroups } from '../../system/control-groups.js'
import type { ProgramEnd } from '../../system/run-program.js'
import { answerOf, askMs, hasSucceeded, runClientProgram, startMs } from './run-client-program.js'

const systemctl = 'systemctl'

/** What systemd says about a unit, by the names of its properties (org.freedesktop.systemd1(5)). */
export type UnitProperties = ReadonlyMap<string, string>

const runs: readonly string[] = ['active', 'activating', 'reloading']

/**
 * systemd stops these along with a unit and does not start them again with it: those that require it, that are bound to
 * it or part of it, and those to which it propagates its stop (systemd.unit(5)).
 */
const stoppedAlong = ['RequiredBy', 'RequisiteOf', 'BoundBy', 'ConsistsOf', 'PropagatesStopTo']
const properties = ['Id', 'ActiveState', 'ControlGroup', ...stoppedAlong]

/** In the order of the names; empty where systemd does not run. Rejects with `MIG_CLIENT_FAILED` where it does not answer. */
export async function showUnits(
  identity: ClientIdentity,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly UnitProperties[]> {
  if (names.length === 0) return []
  const asked = properties.map((name) => `--property=${name}`)
  const end = await runClientProgram(systemctl, ['show', ...asked, '--', ...names], askMs, signal)
  signal.throwIfAborted()
  // One block for each unit, with an empty line in between.
  return (answerOf(identity, end) ?? '').split('\n\n').flatMap((block) => {
    const lines = [...block.matchAll(/^(\w+)=(.*)$/gm)]
    return lines.length === 0
      ? []
      : [new Map(lines.map(([, name = '', value = '']) => [name, value]))]
  })
}

export function isRunning(unit: UnitProperties): boolean {
  return runs.includes(unit.get('ActiveState') ?? '')
}

/** The units that run and that systemd stops along with this one, in the order in which they stop. */
export async function unitsStoppedAlong(
  identity: ClientIdentity,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found: string[] = []
  // Units can stop along with each other. One has several names, and answers with the same id to each.
  const known = new Set([identity.name])
  let level: readonly string[] = [identity.name]
  while (level.length > 0) {
    const units = await showUnits(identity, level, signal)
    for (const unit of units) known.add(idOf(unit))
    const names = new Set(
      units.flatMap((unit) => stoppedAlong.flatMap((kind) => wordsOf(unit, kind))),
    )
    const candidates = await showUnits(
      identity,
      [...names].filter((name) => !known.has(name)),
      signal,
    )
    const ids = new Set(candidates.filter(isRunning).map(idOf))
    level = [...ids].filter((id) => !known.has(id))
    found.unshift(...level)
  }
  return found
}

function idOf(unit: UnitProperties): string {
  return unit.get('Id') ?? ''
}

function wordsOf(unit: UnitProperties, property: string): readonly string[] {
  return (unit.get(property) ?? '').split(' ').filter((word) => word !== '')
}

/** The unit of this process; null: it has none. */
export function ownUnit(): string | null {
  for (const group of readControlGroups('/', process.pid)) {
    const [, unit] = /\/([^/]+\.service)(?:\/|$)/.exec(group) ?? []
    if (unit !== undefined) return unit
  }
  return null
}

/**
 * Returns when the unit has started. In a unit that is itself about to start or to stop, the start is only queued:
 * systemd may start the other one after this very process, as at boot, and waiting would never end (mig-parted #408, #432).
 */
export async function startUnit(name: string): Promise<ProgramEnd> {
  const waiting = (await isOwnUnitSettled()) ? [] : ['--no-block']
  const start = () => runClientProgram(systemctl, ['start', ...waiting, '--', name], startMs)
  const end = await start()
  if (hasSucceeded(end) || !(await hasStartedTooOften(name))) return end
  await runClientProgram(systemctl, ['reset-failed', '--', name], askMs)
  return start()
}

async function isOwnUnitSettled(): Promise<boolean> {
  const unit = ownUnit()
  return unit === null || (await showOne(unit, 'ActiveState')) === 'active'
}

/** systemd limits how often a unit starts in ten seconds, and several changes in a row count (systemd.unit(5)). */
async function hasStartedTooOften(name: string): Promise<boolean> {
  return (await showOne(name, 'Result')) === 'start-limit-hit'
}

/** Null: systemd does not answer. */
async function showOne(unit: string, property: string): Promise<string | null> {
  const args = ['show', `--property=${property}`, '--value', '--', unit]
  const end = await runClientProgram(systemctl, args, askMs)
  return end.kind === 'ended' && end.status === 0 ? end.output.all.trim() : null
}
