import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { MigConfigDocument } from '../../../types/config.js'
import type { ApplyOptions } from '../../../types/options.js'

const program = fileURLToPath(new URL('fixtures/apply.mjs', import.meta.url))

export interface ApplyTask {
  readonly document: MigConfigDocument
  readonly options?: ApplyOptions
  /** The event at which the process kills itself, from 1. */
  readonly dieAt?: number
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
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** How an apply in a process of its own ends: null when it was killed. */
export async function runApply(
  store: string,
  task: ApplyTask,
): Promise<{ readonly outcome: string; readonly events: number } | null> {
  const child = startApply(store, task)
  const [output, [, signal]] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    once(child, 'exit') as Promise<[number | null, string | null]>,
  ])
  return signal === 'SIGKILL' ? null : JSON.parse(output)
}
