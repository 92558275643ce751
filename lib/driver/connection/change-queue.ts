import type { CallInfo } from './slow-calls.js'

// Four blocked threads of libuv's pool stop all file access of a program, and changes can take
// seconds: they get half of the pool.
const poolSize = Number(process.env['UV_THREADPOOL_SIZE']) || 4
const mostAtOnce = Math.max(1, Math.floor(poolSize / 2))

/** A call that changes something of a machine. */
export interface Change<T> {
  readonly machine: string
  readonly call: CallInfo
  run(): Promise<T>
}

export interface QueueOptions {
  /** Takes a change out of the queue. One that has begun always ends, since its result must be known. */
  readonly signal?: AbortSignal | undefined
  /** A change that must wait gives its wait to this function, and what it waits for at any moment. */
  readonly watchWait?: (wait: Promise<void>, describe: () => CallInfo) => void
}

interface WaitingChange {
  readonly machine: string
  readonly call: CallInfo
  readonly start: () => void
}

const waiting: WaitingChange[] = []
/** What runs, by machine. */
const running = new Map<string, CallInfo>()

/**
 * Runs a change when no other change of its machine runs, and not too many at all; first come, first
 * served. The driver has one lock for all GPUs of a machine: a second call would only block a thread.
 * The queue is here and not in native code, where queued work still runs after `process.exit()`.
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
