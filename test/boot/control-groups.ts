import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'

/** Control groups for one container alone. */
export interface ControlGroups {
  readonly folders: readonly string[]
  /** The groups must be empty of processes. */
  remove(): void
}

/**
 * systemd-nspawn puts each container into the group `payload` below its own one, so that two containers of one
 * process would meet there. Throws the system's error where this process may not make groups.
 */
export function createControlGroups(name: string): ControlGroups {
  const folders = ownGroups().map((group) => join(group, name))
  for (const folder of folders) mkdirSync(folder)
  return {
    folders,
    remove: () => folders.forEach(removeTree),
  }
}

/** The groups of this process that systemd works with (cgroups(7)). */
function ownGroups(): readonly string[] {
  const lines = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n')
  return lines.flatMap((line) => {
    const [, hierarchy, ...path] = line.split(':')
    const mounts =
      hierarchy === 'name=systemd' ? ['systemd'] : hierarchy === '' ? ['unified', '.'] : []
    const group = mounts
      .map((mount) => join('/sys/fs/cgroup', mount, path.join(':')))
      .find((folder) => existsSync(join(folder, 'cgroup.procs')))
    return group === undefined ? [] : [group]
  })
}

function removeTree(folder: string): void {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(folder, entry.name))
  rmdirSync(folder)
}
