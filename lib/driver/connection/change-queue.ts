import type { CallInfo } from './slow-calls.js'

// Four blocked threads of libuv's pool stop all file access of a program, and a change can take seconds.
// So changes get half of the pool.
const poolSize = Number(process.env['UV_THREADPOOL_SIZE']) || 4
const mostAtOnce = Math.max(1, Math.floor(poolSize / 2))

/** A call that changes a machine. */
export interface Change<T> {
  readonly machine: string
  readonly call: CallInfo
  run(): Promise<T>
}

export interface QueueOptions {
  /** Removes a waiting change from the queue. A change that has begun always ends: its result must be known. */
  readonly signal?: AbortSignal | undefined
  /** Called for a change that must wait. `describe` returns the change that it waits for. */
  readonly watchWait?: (wait: Promise<void>, describe: () => CallInfo) => void
}

interface WaitingChange {
  readonly machine: string
  readonly call: CallInfo
  readonly start: () => void
}

const waiting: WaitingChange[] = []
/** The running changes, by machine. */
const running = new Map<string, CallInfo>()

/**
 * Runs a change once no other change of its machine runs, and few enough run at all. First come, first
 * served. The driver has one lock for all GPUs of a machine, so a second call would only block a thread.
 * The queue is not in native code, where queued work would still run after `process.exit()`.
 */
export async function enqueueChange<T>(
  { machine, call, run }: Change<T>,
  { signal, watchWait }: QueueOptions = {},
): Promise<T> {
  const mustWait = running.has(machine) || running.size >= mostAtOnce
  const turn = waitForTurn(machine, call, signal)
  if (mustWait) watchWait?.(turn, () => running.get(machine) ?? [...running.values()][0] ?? call)
  await turn
  try {
    return await run()
  } finally {
    running.delete(machine)
    startNext()
  }
}

function waitForTurn(
  machine: string,
  call: CallInfo,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const onAbort = (): void => {
      waiting.splice(waiting.indexOf(entry), 1)
      reject(signal?.reason)
    }
    const entry: WaitingChange = {
      machine,
      call,
      start: () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      },
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    waiting.push(entry)
    startNext()
  })
}

function startNext(): void {
  while (running.size < mostAtOnce) {
    const next = waiting.findIndex(({ machine }) => !running.has(machine))
    if (next < 0) return
    for (const { machine, call, start } of waiting.splice(next, 1)) {
      running.set(machine, call)
      start()
    }
  }
}
