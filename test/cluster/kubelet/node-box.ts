import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type RunningProgram, startProgram } from '../harness/program.js'

const script = fileURLToPath(new URL('node-box.sh', import.meta.url))

/** A machine within this one, for programs that take a whole machine for theirs. */
export interface NodeBox extends AsyncDisposable {
  /** `var-lib`, `var-log` and `run` in it are those folders of the box. */
  readonly folder: string
  /** Starts a program in the box. It is killed with its box, and with this process. */
  start(program: {
    readonly name: string
    readonly path: string
    readonly args: readonly string[]
    readonly env?: NodeJS.ProcessEnv
  }): RunningProgram
}

/** Rejects with the words of the system where it cannot be had. */
export async function openNodeBox(): Promise<NodeBox> {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-kubelet-node-'))
  // No end with its parent: its standard input ends then, and it cleans up.
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(script, [folder], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const ended = once(child, 'exit')
  let complaint = ''
  child.stderr.on('data', (part: Buffer) => {
    complaint += part
  })
  const { value: first } = await createInterface({ input: child.stdout })
    [Symbol.asyncIterator]()
    .next()
  if (first === undefined) {
    await ended
    throw new Error(complaint.trim() || 'no namespaces of its own')
  }
  const enter = ['--target', first, '--mount', '--pid', '--cgroup', '--']
  return {
    folder,
    start: ({ name, path, args, env }) =>
      startProgram({
        name,
        path: 'nsenter',
        args: [...enter, 'setpriv', '--pdeathsig', 'KILL', '--', path, ...args],
        logFile: join(folder, `${name}.log`),
        ...(env === undefined ? {} : { env }),
      }),
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await ended
    },
  }
}
