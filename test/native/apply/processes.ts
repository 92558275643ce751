import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { MigConfigDocument } from '../../../types/config/config.js'
import type { ApplyOptions } from '../../../types/machine/options.js'
import { feed } from '../../support/feed.js'

const program = fileURLToPath(new URL('fixtures/apply.mjs', import.meta.url))

export interface ApplyTask {
  readonly document: MigConfigDocument
  readonly options?: ApplyOptions
  /** The event at which the process kills itself, from 1. */
  readonly dieAt?: number
  /** After its first step it waits until its standard input ends. */
  readonly waits?: boolean
}

/** A folder with a stored machine in it; the lock and the journals lie beside the store. */
export class MachineFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'mig-nvml-apply-'))
  readonly store: string = join(this.path, 'machine')

  copy(): MachineFolder {
    const other = new MachineFolder()
    cpSync(this.path, other.path, { recursive: true })
    return other
  }

  listJournals(): string[] {
    return readdirSync(this.path).filter((name) => name.includes('.journal'))
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

export function startApply(store: string, task: ApplyTask): ChildProcess {
  return spawn(process.execPath, [program, store, JSON.stringify(task)], {
    stdio: [task.waits ? 'pipe' : 'ignore', 'pipe', 'inherit', task.waits ? 'pipe' : 'ignore'],
  })
}

export interface ApplyEnd {
  readonly outcome: string
  readonly events: number
}

/** How an apply in a process of its own ends: null when it was killed. */
export function runApply(store: string, task: ApplyTask): Promise<ApplyEnd | null> {
  return endOf(startApply(store, task))
}

/** The same for several, none of which makes its second step before each has made its first. */
export async function runInStep(
  store: string,
  tasks: readonly ApplyTask[],
): Promise<readonly (ApplyEnd | null)[]> {
  const children = tasks.map((task) => startApply(store, { ...task, waits: true }))
  const ends = children.map(endOf)
  // A process that fails ends sooner or later; with two that wait for each other the
  // test runs out of time.
  await Promise.all(
    children.map(async (child) => {
      const channel = child.stdio[3]
      if (channel) await Promise.race([once(channel, 'data'), once(child, 'exit')])
    }),
  )
  for (const child of children) feed(child, '')
  return await Promise.all(ends)
}

async function endOf(child: ChildProcess): Promise<ApplyEnd | null> {
  const [output, [, signal]] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    once(child, 'exit') as Promise<[number | null, string | null]>,
  ])
  return signal === 'SIGKILL' ? null : JSON.parse(output)
}
