/** Something that can release NVML for a while. Its calls wait meanwhile. */
export interface Suspendable {
  /** Resolves when the calls that have begun have ended and NVML is released. */
  suspend(): Promise<void>
  /** Rejects when NVML cannot be initialised again. */
  resume(): Promise<void>
}

const sessionsByMachine = new Map<string, Set<Suspendable>>()
const queues = new Map<string, Promise<unknown>>()

/** Returns a function that leaves again. It returns true if nothing else of the machine is left. */
export function joinMachine(machine: string, session: Suspendable): () => boolean {
  const sessions = sessionsByMachine.get(machine) ?? new Set()
  sessionsByMachine.set(machine, sessions.add(session))
  return () => {
    sessions.delete(session)
    return sessions.size === 0
  }
}

/**
 * Runs `work` while no connection of this thread has the machine's NVML open: a driver does not reset a GPU
 * that a client has open, even if the client itself asks for it. One at a time for each machine.
 * Connections of other worker threads stay open.
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
    // If reopening fails, the callers of that connection get the error.
    await Promise.allSettled(sessions.map((session) => session.resume()))
  }
}
