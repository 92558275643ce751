import type { ProcessContainer } from '../../types/model/state.js'

// The last part of the path is the container's id, most often with the name of who made it before:
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
 * The container of a process, from its `/proc/<pid>/cgroup` (cgroups(7)): one line of version 2, or
 * one for each hierarchy of version 1. Null for a process that is in none.
 */
export function parseContainer(cgroup: string): ProcessContainer | null {
  for (const line of cgroup.split('\n')) {
    const container = containerOf(line.split(':').slice(2).join(':'))
    if (container !== null) return container
  }
  return null
}

function containerOf(path: string): ProcessContainer | null {
  // The innermost, where one container runs in another.
  const [, maker = '', id] = [...path.matchAll(identified)].at(-1) ?? []
  if (id !== undefined) {
    const podUid = pod.exec(path)?.[1]?.replaceAll('_', '-') ?? null
    return { id, runtime: makers[maker] ?? null, podUid }
  }
  const system = lxc.exec(path)?.[1]
  return system === undefined ? null : { id: system, runtime: 'lxc', podUid: null }
}
