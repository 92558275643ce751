import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'

/** Control groups for one container alone. */
export interface ControlGroups {
  readonly folders: readonly string[]
  /** Kills every process in them. */
  kill(): void
  /** No process may be left in them. */
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
    kill: () => folders.forEach(killTree),
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

function killTree(folder: string): void {
  if (!existsSync(folder)) return
  for (const below of foldersIn(folder)) killTree(below)
  for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n'))
    if (pid !== '') killProcess(Number(pid))
}

/** Does nothing for a process that has ended. */
export function killProcess(pid: number): void {
  try {
    // 0: a process of another PID namespace.
    if (pid > 0) process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

function removeTree(folder: string): void {
  if (!existsSync(folder)) return
  foldersIn(folder).forEach(removeTree)
  rmdirSync(folder)
}

function foldersIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name))
}
