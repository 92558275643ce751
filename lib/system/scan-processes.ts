import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { readStart } from './read-start.js'

/** The device nodes of the NVIDIA driver that one process has open, by minor number. */
export interface OpenNodes {
  readonly gpus: ReadonlySet<number>
  readonly capabilities: ReadonlySet<number>
}

export interface ProcessScan {
  /** Processes with open device nodes. */
  readonly processes: ReadonlyMap<number, OpenNodes>
  /** Processes without. */
  readonly others: ReadonlySet<number>
  /** Processes whose open files this process may not see, without kernel threads. */
  readonly unreadable: ReadonlySet<number>
  /** The pid of this process in that `/proc`; null if it is in another PID namespace. */
  readonly self: number | null
}

// Asynchronous access to so many small files takes several times as long, and occupies Node's thread pool.
// So the scan is synchronous, in slices, between which the rest of the program runs.
const sliceMs = 5

/** Finds the open device nodes of every process below `<root>/proc`. */
export async function scanProcesses(root: string, signal?: AbortSignal): Promise<ProcessScan> {
  const proc = join(root, 'proc')
  const processes = new Map<number, OpenNodes>()
  const others = new Set<number>()
  const unreadable = new Set<number>()
  let pause = performance.now() + sliceMs
  for (const name of attempt(() => readdirSync(proc)) ?? []) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const folder = join(proc, name, 'fd')
    const gpus = new Set<number>()
    const capabilities = new Set<number>()
    try {
      for (const handle of readdirSync(folder)) {
        if (performance.now() > pause) {
          await setImmediate()
          signal?.throwIfAborted()
          pause = performance.now() + sliceMs
        }
        const node = parseOpenNode(attempt(() => readlinkSync(join(folder, handle))) ?? '')
        if (node !== null) (node.kind === 'gpu' ? gpus : capabilities).add(node.minor)
      }
      if (gpus.size + capabilities.size > 0) processes.set(pid, { gpus, capabilities })
      else others.add(pid)
    } catch (error) {
      if (signal?.aborted) throw error
      // A process that has ended meanwhile holds nothing.
      if (isForbidden(error) && isProgram(join(proc, name))) unreadable.add(pid)
    }
  }
  const self = attempt(() => Number(readlinkSync(join(proc, 'self')))) ?? null
  return { processes, others, unreadable, self }
}

/** Undefined for a file that is gone, or that this process may not read. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(EACCES|EPERM)$/.test(String(error.code))
}

/** Kernel threads and zombies have no command line. */
function isProgram(folder: string): boolean {
  return (attempt(() => readStart(join(folder, 'cmdline'), 1).length) ?? 0) > 0
}

/** A device node of the NVIDIA driver that a process has open. */
export type OpenNode =
  | { readonly kind: 'gpu'; readonly minor: number }
  | { readonly kind: 'capability'; readonly minor: number }

// The nodes of a driver in a container are deeper (/run/nvidia/driver/dev). /dev/nvidiactl and the nodes of
// the memory manager belong to no GPU: every NVML client has them open.
const pattern = /\/dev\/(nvidia-caps\/nvidia-cap|nvidia)(\d+)(?: \(deleted\))?$/

/** From the target of a link below `/proc/<pid>/fd`; null for every other file. */
export function parseOpenNode(target: string): OpenNode | null {
  const [, name, digits] = pattern.exec(target) ?? []
  if (name === undefined || digits === undefined) return null
  return { kind: name === 'nvidia' ? 'gpu' : 'capability', minor: Number(digits) }
}
