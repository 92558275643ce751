import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { toError } from '../errors.js'

export interface ProgramOptions {
  /** The whole environment of the program. */
  readonly env: NodeJS.ProcessEnv
  /** Absent: the folder of this process. */
  readonly folder?: string
  /** Stops the program when it is aborted. */
  readonly signal?: AbortSignal
  /** Stops the program after this time. Absent: no limit. */
  readonly timeoutMs?: number
  /** How long a stopped program has between SIGTERM and SIGKILL. 0: it gets SIGKILL at once. */
  readonly graceMs: number
  /** How many characters to keep of what it writes, of the end. Default 4096. */
  readonly tailLength?: number
  readonly onOutput?: (stream: Stream, text: string) => void
}

type Stream = 'stdout' | 'stderr'

/** How a program ended, or that it did not. */
export type ProgramEnd =
  | { readonly kind: 'not-started'; readonly error: Error }
  | {
      readonly kind: 'ended'
      /** Null: a signal ended it. */
      readonly status: number | null
      readonly signal: string | null
      /** Its time was up, or its signal was aborted. */
      readonly isStopped: boolean
      readonly output: OutputTail
    }
  /** It was stopped and does not end, because the kernel does not release it. */
  | { readonly kind: 'stuck'; readonly output: OutputTail }

/** The last of what a program wrote. */
export interface OutputTail {
  /** Both streams, as they came. */
  readonly all: string
  readonly stderr: string
}

/** How long a program that got SIGKILL has until it counts as stuck. */
const killMs = 1000
/** How long to wait for output from a pipe that a program in the background holds open. */
const drainMs = 100

/**
 * Runs a program to its end. A signal or a time limit stops it together with everything it has started.
 * It has a process group of its own, so that Ctrl-C in a terminal does not reach it. Never rejects.
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramEnd> {
  let child: ChildProcess
  try {
    child = start(command, args, options)
  } catch (thrown) {
    return { kind: 'not-started', error: toError(thrown) }
  }
  const readTail = collectOutput(child, options)
  const exit = exitOf(child)
  const closed = new Promise((resolve) => child.once('close', resolve))
  const isStopped = await isStoppedBefore(exit, options)
  if (isStopped) stopGroup(child, options.graceMs)
  const end = isStopped ? await within(exit, options.graceMs + killMs) : await exit
  if (end instanceof Error) return { kind: 'not-started', error: end }
  if (end !== null) await within(closed, drainMs)
  letGo(child)
  const output = readTail()
  if (end === null) return { kind: 'stuck', output }
  return { kind: 'ended', status: end.status, signal: end.signal, isStopped, output }
}

function start(
  command: string,
  args: readonly string[],
  { env, folder }: ProgramOptions,
): ChildProcess {
  if (folder !== undefined && !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`no folder ${folder}`)
  return spawn(findProgram(command), [...args], {
    env,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
}

/** Searches this process's PATH, as mig-parted does, because the program's environment may have none. */
function findProgram(command: string): string {
  if (command.includes('/')) return command
  const folders = (process.env['PATH'] ?? '').split(':').filter(isAbsolute)
  const found = folders.map((folder) => join(folder, command)).find(isExecutable)
  if (found === undefined) throw new Error(`ENOENT: no such program in PATH, ${command}`)
  return found
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Returns a function that returns the last of the output so far. */
function collectOutput(
  child: ChildProcess,
  { onOutput, tailLength = 4096 }: ProgramOptions,
): () => OutputTail {
  let all = ''
  let stderr = ''
  const collect = (stream: Stream, text: string): void => {
    all = (all + text).slice(-tailLength)
    if (stream === 'stderr') stderr = (stderr + text).slice(-tailLength)
    onOutput?.(stream, text)
  }
  // Without free file descriptors there are no pipes, and the program does not start.
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]?.setEncoding('utf8').on('data', (text: string) => collect(stream, text))
  return () => ({ all, stderr })
}

interface Exit {
  readonly status: number | null
  readonly signal: string | null
}

function exitOf(child: ChildProcess): Promise<Exit | Error> {
  return new Promise((resolve) => {
    child.once('error', resolve)
    child.once('exit', (status, signal) => resolve({ status, signal }))
  })
}

/** Whether the signal or the time limit comes before the program's exit. */
function isStoppedBefore(
  exit: Promise<unknown>,
  { signal, timeoutMs }: ProgramOptions,
): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isStopped: boolean): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      resolve(isStopped)
    }
    const onAbort = (): void => settle(true)
    const timer = timeoutMs === undefined ? undefined : setTimeout(settle, timeoutMs, true)
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) onAbort()
    void exit.then(() => settle(false))
  })
}

function stopGroup(child: ChildProcess, graceMs: number): void {
  if (graceMs === 0) {
    signalGroup(child, 'SIGKILL')
    return
  }
  signalGroup(child, 'SIGTERM')
  setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs).unref()
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // The group has ended.
  }
}

/** Null: the time is up. */
async function within<T>(work: Promise<T>, limitMs: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, limitMs, null)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Neither a stuck program nor one in the background keeps this process from ending. The pipes stay open:
 * closing them would end a service that writes to one.
 */
function letGo(child: ChildProcess): void {
  for (const pipe of [child.stdout, child.stderr])
    if (pipe !== null && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
  child.unref()
}
