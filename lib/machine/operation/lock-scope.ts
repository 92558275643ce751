import type { ConfigOptions } from '../../../types/machine/options.js'
import type { MigPlan } from '../../../types/machine/plan.js'
import type { GpuUuid, ListedMigState } from '../../../types/model/state.js'
import type { SelectedConfig } from '../../config/document/select.js'
import { resolveConfig } from '../../config/resolve/resolve.js'
import type { Lock } from '../../driver/lock.js'
import { lockGpus, lockMachine } from '../../driver/machine-lock.js'
import type { DriverSession } from '../../driver/session.js'
import { isNvmlError } from '../../errors.js'
import { listCandidates } from '../../model/wanted.js'
import type { Control } from './control.js'
import { refuseOwnLock } from './own-lock.js'

/** What an apply keeps others from: all GPUs of the machine, or these. */
export type LockScope = 'machine' | readonly GpuUuid[]

/** A scope, and the machine where it had to be read for it. */
export interface FoundScope {
  readonly scope: LockScope
  readonly state?: ListedMigState
}

export interface ApplyLock extends Lock {
  readonly scope: LockScope
}

/** Waits for the lock on a scope; throws `MIG_LOCK_FAILED` where it would wait for ever. */
export async function lockScope(
  session: DriverSession,
  scope: LockScope,
  control: Control,
): Promise<ApplyLock> {
  refuseOwnLock(session.lockFile)
  const options = {
    signal: control.signal,
    onWaiting: (holder: string | null, path: string) =>
      control.tell({ kind: 'waiting-for-lock', path, holder }),
  }
  const lock =
    scope === 'machine'
      ? await lockMachine(session.lockFile, options)
      : await lockGpus(session.lockFile, scope, options)
  return { scope, release: lock.release }
}

export function isInScope(scope: LockScope, gpu: GpuUuid): boolean {
  return scope === 'machine' || scope.includes(gpu)
}

export function coversPlan(scope: LockScope, plan: MigPlan): boolean {
  return plan.gpus.every(({ gpu }) => isInScope(scope, gpu))
}

/**
 * The GPUs that a configuration can change, and maybe more. That is known without a look at the machine
 * where it names all, and costs a call or two for each that is named by its index; else the machine is
 * read. It may be others by the time that the lock is had: the caller compares.
 */
export async function findScope(
  session: DriverSession,
  config: SelectedConfig,
  { signal }: ConfigOptions,
): Promise<FoundScope> {
  if (config.entries.some(namesAll)) return { scope: 'machine' }
  const read = signal === undefined ? {} : { signal }
  const selectors = config.entries.flatMap(selectorsOf)
  try {
    if (selectors.every((selector) => selector !== null))
      return {
        scope: await Promise.all(
          selectors.map(async (selector) =>
            typeof selector === 'number' ? session.readUuid(selector, read) : selector,
          ),
        ),
      }
  } catch (error) {
    // A GPU that is not there or cannot be had: planning has the right words for it.
    if (!isNvmlError(error)) throw error
    return { scope: 'machine' }
  }
  const state = await session.readListedState(read)
  const wanted = resolveConfig(config, state)
  const named = [...wanted.gpus, ...listCandidates(wanted)]
  return { scope: named.map(({ gpu }) => gpu.uuid), state }
}

type Entry = SelectedConfig['entries'][number]

/** Filters only narrow what the rest of an entry names. */
function namesAll({ devices, filters }: Entry): boolean {
  return !Array.isArray(devices) && filters.length === 0
}

/** Indexes and UUIDs; null is what only a look at the machine tells. */
function selectorsOf({ devices }: Entry): readonly (number | GpuUuid | null)[] {
  if (devices === 'all' || devices === 'others') return [null]
  return devices.map((selector) => {
    if (selector.kind === 'index') return selector.index
    return selector.kind === 'uuid' && isGpuUuid(selector.uuid) ? selector.uuid : null
  })
}

/** As drivers write it, since it becomes part of a file's name. */
function isGpuUuid(text: string): text is GpuUuid {
  return /^GPU-[0-9a-f-]+$/.test(text)
}
