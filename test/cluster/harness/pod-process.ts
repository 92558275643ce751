import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The process of a pod in a node's `/proc`: its control group is that of a container of the pod, as containerd names it. It stays there
 * when the process has ended, so that an agent that has just listed it still finds its pod.
 */
export function addPodProcess(root: string, pid: number, podUid: string): void {
  const folder = join(root, 'proc', String(pid))
  mkdirSync(folder, { recursive: true })
  const pod = `kubepods-pod${podUid.replaceAll('-', '_')}.slice`
  const container = `cri-containerd-${String(pid).padStart(64, '0')}.scope`
  writeFileSync(join(folder, 'cgroup'), `0::/kubepods.slice/${pod}/${container}\n`)
}
