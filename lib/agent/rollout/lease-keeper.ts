import type { ClusterClient } from '../../../types/kubernetes/cluster-client.js'
import type { MigCode } from '../../../types/model/errors.js'
import { MigError } from '../../errors.js'
import type { Clock } from '../node/clock.js'

/** The Lease that keeps processes apart, and the process that wants it. */
export interface LeaseKeeperOptions {
  readonly cluster: Pick<ClusterClient, 'holdLease' | 'releaseLease'>
  readonly namespace: string
  readonly name: string
  readonly holder: string
  /** The error where another process is at work, and what that is: `rollout`. */
  readonly code: MigCode
  readonly what: string
  /** Waits for its turn, however long the other one works. */
  readonly waits: boolean
  readonly clock: Clock
  readonly signal: AbortSignal
  /** One line for people, where the Lease is another one's. */
  readonly log: (line: string) => void
}

/** Holds a Lease as long as `hold` is called. */
export interface LeaseKeeper {
  /** False: the holder has not shown yet whether it lives. */
  hold(): Promise<boolean>
  release(): Promise<void>
}

const leaseSeconds = 60
/** After this, a holder that is dead has lost it, with room for a slow look. */
const patienceMs = (leaseSeconds + 15) * 1000

/**
 * A holder that was killed has left the Lease behind, and only time shows it: a process that finds it held waits until it ends, or until its
 * holder renews it.
 */
export function createLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const { cluster, namespace, name, holder, clock, signal, waits } = options
  let first: { readonly renewTime: string | null; readonly since: number } | null = null

  function note(other: string): void {
    const until = waits ? 'its turn' : `a sign of life, ${patienceMs / 1000} s at most`
    options.log(
      `the Lease ${namespace}/${name} is that of another ${options.what}, ${other}: waiting for ${until}`,
    )
  }

  return {
    async hold() {
      const lease = await cluster.holdLease(
        { namespace, name },
        { holder, durationSeconds: leaseSeconds, signal },
      )
      if (lease.held) return true
      const other = `${lease.holder ?? 'unknown'}, renewed at ${lease.renewTime ?? 'an unknown time'}`
      if (first === null) note(other)
      first ??= { renewTime: lease.renewTime, since: clock.now() }
      const isQuiet = lease.renewTime === first.renewTime && clock.now() - first.since < patienceMs
      if (waits || isQuiet) return false
      throw new MigError(options.code, `another ${options.what} is under way: ${other}`, {
        hint: `it ends by itself, or its Lease ${namespace}/${name} after ${leaseSeconds} s`,
      })
    },
    async release() {
      await cluster.releaseLease({ namespace, name }, { holder }).catch(() => {})
    },
  }
}
