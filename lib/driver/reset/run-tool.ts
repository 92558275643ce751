import { type ChildProcess, spawn } from 'node:child_process'
import { toError } from '../../errors.js'

/** How a program ended, or that it did not. */
export type ToolEnd =
  | {
      readonly kind: 'ended'
      /** Null: a signal ended it. */
      readonly status: number | null
      readonly signal: string | null
      /** What it wrote, to standard output and standard error. */
      readonly output: string
    }
  | { readonly kind: 'not-started'; readonly error: Error }
  | {
      readonly kind: 'timed-out'
      /** False: it is in the kernel, which does not let go of it. */
      readonly killed: boolean
      readonly output: string
    }

/** What a killed program gets to be gone. */
const graceMs = 1000
/** How long output is waited for whose pipe something in the background holds open. */
const drainMs = 100

/**
 * Runs a program, and kills it and what it has started after that time. It has a process group of its
 * own: Ctrl-C in a terminal does not reach it.
 */
export async function runTool(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<ToolEnd> {
  const child = spawn(program, [...args], {
    ...{ env, detached: true },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const pipe of [child.stdout, child.stderr])
    pipe.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const exit = new Promise<ToolEnd>((resolve) => {
    child.once('error', (error) => resolve({ kind: 'not-started', error: toError(error) }))
    child.once('exit', (status, signal) => resolve({ kind: 'ended', status, signal, output: '' }))
  })
  const end = await within(exit, timeoutMs)
  if (end === null) {
    killGroup(child)
    const killed = (await within(exit, graceMs)) !== null
    letGo(child)
    return { kind: 'timed-out', killed, output }
  }
  if (end.kind !== 'ended') return end
  await within(new Promise<void>((resolve) => child.once('close', resolve)), drainMs)
  letGo(child)
  return { ...end, output }
}

/** Null: not in that time. */
async function within<T>(work: Promise<T>, limitMs: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), limitMs)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}

/** What is left of it keeps neither the pipes nor this process. */
function letGo(child: ChildProcess): void {
  child.stdout?.destroy()
  child.stderr?.destroy()
  child.unref()
}
