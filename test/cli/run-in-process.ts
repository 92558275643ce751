import { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import type { Terminal } from '../../lib/cli/parse/verb.js'
import { runCli } from '../../lib/cli/run.js'

export interface CliRun {
  readonly status: number
  readonly out: string
  readonly err: string
}

/** Runs a command line like `mig-nvml`, with another terminal and other variables. */
export async function runInProcess(
  args: readonly string[],
  terminal: Partial<Omit<Terminal, 'out' | 'err' | 'hasReader'>> & {
    input?: string
  } = {},
): Promise<CliRun> {
  let out = ''
  let err = ''
  const status = await runCli(args, {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    stdin: () => Readable.from([terminal.input ?? '']),
    color: false,
    unicode: true,
    columns: 100,
    textColumns: 80,
    live: false,
    env: {},
    signal: new AbortController().signal,
    ...terminal,
    hasReader: async () => true,
  })
  return { status, out, err }
}

/** All contents of the last line of a terminal, in order. */
export function drawnLines(err: string): readonly string[] {
  return err
    .split('\r')
    .map((line) => stripVTControlCharacters(line))
    .filter((line) => line !== '')
}
