import { join } from 'node:path'
import type { ProcessContainer } from '../../types/model/state.js'
import { longestCommandLine } from './command-line.js'
import { readStart } from './read-start.js'

export interface ProcessDetails {
  /** The program, as it was started. */
  readonly command: string | null
  readonly commandLine: string | null
  readonly container: ProcessContainer | null
}

/** For a process of another PID namespace, and for a machine without `/proc`. */
export const unknownDetails: ProcessDetails = { command: null, commandLine: null, container: null }

/** What the operating system shows about a process. */
export function readProcessDetails(root: string, pid: number): ProcessDetails {
  const folder = join(root, 'proc', String(pid))
  const words = readText(join(folder, 'cmdline'), longestCommandLine).split('\0')
  return {
    command: words[0] || null,
    commandLine: words.join(' ').trim() || null,
    container: parseContainer(readText(join(folder, 'cgroup'), 2 ** 16)),
  }
}

function readText(path: string, longest: number): string {
  try {
    return readStart(path, longest)
  } catch {
    return ''
  }
}

// The last part of the path is the container's id, usually after the name of the runtime:
// `docker-<id>.scope`, `/docker/<id>`, `cri-containerd-<id>.scope`, `:cri-containerd:<id>`.
const identified = /(?:([a-z-]+)[-:/]|[-:/])([0-9a-f]{64})(?![0-9a-f])/g
const makers: Readonly<Record<string, NonNullable<ProcessContainer['runtime']>>> = {
  docker: 'docker',
  containerd: 'containerd',
  'cri-containerd': 'containerd',
  nerdctl: 'containerd',
  crio: 'cri-o',
  libpod: 'podman',
}
const lxc = /\/lxc(?:\.payload)?[./]([^/]+)/
const pod = /pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})/

/**
 * The container of a process, from its `/proc/<pid>/cgroup` (cgroups(7)): one line of version 2, or one for
 * each hierarchy of version 1. Null for a process outside containers.
 */
export function parseContainer(cgroup: string): ProcessContainer | null {
  for (const line of cgroup.split('\n')) {
    const container = containerOf(line.split(':').slice(2).join(':'))
    if (container !== null) return container
  }
  return null
}

function containerOf(path: string): ProcessContainer | null {
  // The innermost container, if one runs in another.
  const [, maker = '', id] = [...path.matchAll(identified)].at(-1) ?? []
  if (id !== undefined) {
    const podUid = pod.exec(path)?.[1]?.replaceAll('_', '-') ?? null
    return { id, runtime: makers[maker] ?? null, podUid }
  }
  const system = lxc.exec(path)?.[1]
  return system === undefined ? null : { id: system, runtime: 'lxc', podUid: null }
}
