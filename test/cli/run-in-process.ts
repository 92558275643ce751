import { stripVTControlCharacters } from 'node:util'
import { runCli } from '../../lib/cli/run.js'
import type { Terminal } from '../../lib/cli/verb.js'

export interface CliRun {
  readonly status: number
  readonly out: string
  readonly err: string
}

/** Runs a command line as `mig-nvml` would, with another terminal and other variables. */
export async function runInProcess(
  args: readonly string[],
  terminal: Partial<Pick<Terminal, 'env' | 'live' | 'color' | 'unicode' | 'columns'>> & {
    input?: string
  } = {},
): Promise<CliRun> {
  let [out, err] = ['', '']
  const status = await runCli(args, {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    readStdin: async () => terminal.input ?? '',
    ...{ color: false, unicode: true, columns: 100, live: false, env: {} },
    ...terminal,
    signal: new AbortController().signal,
    unread: new AbortController().signal,
  })
  return { status, out, err }
}

/** The lines that a terminal has shown in its last line, one after the other. */
export function drawnLines(err: string): readonly string[] {
  return err
    .split('\r')
    .map((line) => stripVTControlCharacters(line))
    .filter((line) => line !== '')
}
