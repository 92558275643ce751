import type { MigPlan } from '../../../types/machine/plan.js'
import type { GpuUuid } from '../../../types/model/state.js'
import type { Lock } from '../../driver/lock/lock.js'
import { lockGpus, lockMachine } from '../../driver/lock/machine-lock.js'
import type { LockScope, Operation } from './operation.js'
import { refuseOwnLock } from './own-lock.js'

export interface ApplyLock extends Lock {
  readonly scope: LockScope
  /** Releases the lock, and waits for one on the whole machine. */
  widen(): Promise<void>
}

/** Waits for the lock on a scope. Throws `MIG_LOCK_FAILED` where it would wait for ever. */
export async function lockScope(
  { session: { lockFile }, control }: Operation,
  wanted: LockScope,
): Promise<ApplyLock> {
  refuseOwnLock(lockFile)
  const options = {
    signal: control.signal,
    onWaiting: (holder: string | null, path: string) =>
      control.emit({ kind: 'waiting-for-lock', path, holder }),
  }
  const take = (scope: LockScope): Promise<Lock> =>
    scope === 'machine' ? lockMachine(lockFile, options) : lockGpus(lockFile, scope, options)
  let scope = wanted
  let lock = await take(scope)
  return {
    get scope() {
      return scope
    },
    release: () => lock.release(),
    async widen() {
      lock.release()
      lock = await take('machine')
      scope = 'machine'
    },
  }
}

export function isInScope(scope: LockScope, gpu: GpuUuid): boolean {
  return scope === 'machine' || scope.includes(gpu)
}

export function coversPlan(scope: LockScope, plan: MigPlan): boolean {
  return plan.gpus.every(({ gpu }) => isInScope(scope, gpu))
}
