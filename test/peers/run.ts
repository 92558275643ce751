import { execFile } from 'node:child_process'
import { feed } from '../support/feed.js'

export interface Run {
  readonly command: string
  /** Null: it did not start, or a signal ended it. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly input?: string
  readonly timeoutMs?: number
}

/** Runs a program to its end. How it ended is data: a caller that needs success checks the status. */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Run> {
  const { env, cwd, input, timeoutMs = 600_000 } = options
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { env, cwd, timeout: timeoutMs, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null
        const reason = status === null ? `\n${error?.message}` : ''
        resolve({ command: [program, ...args].join(' '), status, stdout, stderr: stderr + reason })
      },
    )
    feed(child, input ?? '')
  })
}

/** Runs a program that must succeed, and returns what it wrote to standard output. */
export async function output(
  program: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<string> {
  const done = await run(program, args, options)
  if (done.status !== 0)
    throw new Error(`${done.command} ended with ${done.status}:\n${done.stderr}${done.stdout}`)
  return done.stdout
}
