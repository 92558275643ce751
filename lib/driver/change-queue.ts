// Four blocked threads of libuv's pool stop all file access of a program, and changes can take
// seconds: they get half of the pool.
const poolSize = Number(process.env['UV_THREADPOOL_SIZE']) || 4
const mostAtOnce = Math.max(1, Math.floor(poolSize / 2))

interface Change {
  readonly gpu: string
  readonly start: () => void
}

const waiting: Change[] = []
const busy = new Set<string>()

/**
 * Runs `change` when no other change of this GPU runs, and not too many at all; first come, first
 * served. The queue is here and not in native code, where queued work still runs after
 * `process.exit()`. The signal takes a change out of the queue; one that has begun always ends,
 * since its result must be known.
 */
export async function enqueueChange<T>(
  gpu: string,
  change: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  await waitForTurn(gpu, signal)
  try {
    return await change()
  } finally {
    busy.delete(gpu)
    startNext()
  }
}

function waitForTurn(gpu: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const onAbort = (): void => {
      waiting.splice(waiting.indexOf(entry), 1)
      reject(signal?.reason)
    }
    const entry: Change = {
      gpu,
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
  while (busy.size < mostAtOnce) {
    const next = waiting.findIndex(({ gpu }) => !busy.has(gpu))
    if (next < 0) return
    for (const { gpu, start } of waiting.splice(next, 1)) {
      busy.add(gpu)
      start()
    }
  }
}
