import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { accountFor } from './until.js'

/** A program that runs until it is stopped. */
export interface RunningProgram {
  readonly name: string
  readonly pid: number | undefined
  /** Ends it in its own way; a killed one is not waited for. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Starts it again as before. */
  start(): void
  /** SIGSTOP and SIGCONT: it hangs, with all its connections open. */
  pause(): void
  resume(): void
  /** Why it is no longer running; null: it runs. */
  ended(): string | null
  /** The last lines that it wrote. */
  log(): string
}

/** What a program is started with. */
export interface ProgramStart {
  readonly name: string
  readonly path: string
  readonly args: readonly string[]
  readonly logFile: string
  readonly env?: NodeJS.ProcessEnv
}

export function startProgram({ name, path, args, logFile, env }: ProgramStart): RunningProgram {
  let child: ChildProcess

  const start = (): void => {
    const log = openSync(logFile, 'a')
    // It ends with this process, however that one ends.
    child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', path, ...args], {
      stdio: ['ignore', log, log],
      env: env ?? process.env,
    })
    child.on('error', () => {})
    closeSync(log)
  }
  const runs = (): boolean => child.exitCode === null && child.signalCode === null

  const ended = (): string | null =>
    runs() ? null : `${name} ended with ${child.exitCode ?? child.signalCode ?? 'no start'}`
  const log = (lines: number): string =>
    readFileSync(logFile, 'utf8').split('\n').slice(-lines).join('\n')

  start()
  accountFor(logFile, () => `${ended() ?? `${name} runs`}:\n${log(9)}`)
  return {
    name,
    get pid() {
      return child.pid
    },
    start,
    async stop(signal = 'SIGTERM') {
      if (!runs() || child.pid === undefined) return
      const exit = once(child, 'exit')
      child.kill(signal)
      const patience = setTimeout(() => child.kill('SIGKILL'), 20_000)
      await exit
      clearTimeout(patience)
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    ended,
    log: () => log(40),
  }
}
