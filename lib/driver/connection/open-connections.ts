/** A session that can let go of NVML for a while. Its calls wait meanwhile. */
export interface Suspendable {
  /** Settles when the calls that have begun have ended and NVML is let go of. */
  suspend(): Promise<void>
  /** Rejects when NVML cannot be initialised again. */
  resume(): Promise<void>
}

const sessionsByMachine = new Map<string, Set<Suspendable>>()
const queues = new Map<string, Promise<unknown>>()

/** Returns the function that leaves again; its value says whether nobody is left. */
export function joinMachine(machine: string, session: Suspendable): () => boolean {
  const sessions = sessionsByMachine.get(machine) ?? new Set()
  sessionsByMachine.set(machine, sessions.add(session))
  return () => {
    sessions.delete(session)
    return sessions.size === 0
  }
}

/**
 * Runs `work` while no session of this thread has this machine's NVML open: a driver does not reset a
 * GPU under a client, be it the one that asks. One at a time for each machine. Sessions of other
 * worker threads stay.
 */
export function withNvmlClosed<T>(machine: string, work: () => Promise<T>): Promise<T> {
  const before = queues.get(machine) ?? Promise.resolve()
  const running = before.then(() =>
    suspendAround([...(sessionsByMachine.get(machine) ?? [])], work),
  )
  const settled = running.catch(() => {})
  queues.set(machine, settled)
  return running
}

async function suspendAround<T>(
  sessions: readonly Suspendable[],
  work: () => Promise<T>,
): Promise<T> {
  const suspended = await Promise.allSettled(sessions.map((session) => session.suspend()))
  try {
    const failed = suspended.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return await work()
  } finally {
    // What keeps one from opening again is told to its own callers.
    await Promise.allSettled(sessions.map((session) => session.resume()))
  }
}
