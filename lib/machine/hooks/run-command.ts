import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { toError } from '../../errors.js'
import type { ValidCommand } from './hooks-schema.js'

/** How a program ended. */
export interface CommandEnd {
  /** Null: it did not start, or a signal ended it. */
  readonly status: number | null
  readonly signal: string | null
  /** The last of what it wrote to standard error. */
  readonly stderr: string
  /** Why it did not start. */
  readonly problem?: string
}

export interface CommandOptions {
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string>>
  /** Ends the program and what it has started. */
  readonly signal: AbortSignal
  readonly onOutput: (stream: 'stdout' | 'stderr', text: string) => void
}

const stderrTail = 4096
/** How long a program may take to end after SIGTERM. */
const graceMs = 2000
/** How long to wait for output through a pipe that a program in the background holds open. */
const drainMs = 100

/** Runs a program to its end, however it ends. It gets a process group of its own, which the signal can end. */
export async function runCommand(
  { command, args, workdir }: ValidCommand,
  { env, signal, onOutput }: CommandOptions,
): Promise<CommandEnd> {
  const problem = findProblem(command, workdir)
  if (problem !== null) return { status: null, signal: null, stderr: '', problem }
  const child = spawn(findProgram(command) ?? command, [...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(workdir === '' ? {} : { cwd: workdir }),
  })
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => onOutput('stdout', text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-stderrTail)
    onOutput('stderr', text)
  })
  const stop = (): void => endGroup(child)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const end = await endOf(child)
    await drained(child)
    return { ...end, stderr }
  } catch (error) {
    return { status: null, signal: null, stderr, problem: toError(error).message }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function endOf(child: ChildProcess): Promise<{ status: number | null; signal: string | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (status, signal) => resolve({ status, signal }))
  })
}

/** A service that the hook has started may keep the pipes open for ever: they are read, but not waited for. */
async function drained(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, drainMs)
    child.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
  for (const pipe of [child.stdout, child.stderr])
    if (pipe !== null && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
}

function endGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return
  signalGroup(pid, 'SIGTERM')
  setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs).unref()
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended.
  }
}

/**
 * Searches this process's PATH, as mig-parted does, because the program's environment may have none. Null: the command is
 * a path, or was not found.
 */
function findProgram(command: string): string | null {
  if (command.includes('/')) return null
  const folders = (process.env['PATH'] ?? '').split(':').filter(isAbsolute)
  return folders.map((folder) => join(folder, command)).find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Problems for which the system's error would name the program and not the folder, or would be unclear. */
function findProblem(command: string, workdir: string): string | null {
  if (workdir !== '' && !statSync(workdir, { throwIfNoEntry: false })?.isDirectory())
    return `no folder ${workdir}`
  return command.includes('/') || findProgram(command) !== null ? null : 'no such program in PATH'
}
