import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Run, run } from '../peers/run.js'

export type Runtime = 'runc' | 'crun'

/** Runs what follows its first argument, the folder of specifications, in namespaces of its own. */
export const enter = fileURLToPath(new URL('box.sh', import.meta.url))
/** What the scripts of the tests call. */
const programs = ['cat', 'env', 'ls', 'mknod', 'sh', 'sleep', 'stat']

/** Containers of podman with one runtime, made from the host's busybox, without a registry. */
export interface Box {
  /** Stands for /var/run/cdi. */
  readonly specs: string
  /** The root of its containers. */
  readonly root: string
  /** An empty folder, gone with the box. */
  readonly folder: string
  /** Runs a shell script in a container. */
  run(options: readonly string[], script: string): Promise<Run>
  /** Runs a shell script around the containers: it sees them, and `podmanOptions` lead podman to them. */
  runOutside(script: string, env: NodeJS.ProcessEnv): Promise<Run>
  [Symbol.dispose](): void
}

/** Options of podman itself, the same for each call. */
export function podmanOptions(runtime: Runtime): readonly string[] {
  return [
    ...['--storage-driver', 'vfs', '--root', '/run/store', '--runroot', '/run/podman'],
    ...['--cgroup-manager', 'cgroupfs', '--runtime', runtime],
  ]
}

/** Options of `podman run`: limits that a process without CAP_SYS_RESOURCE may set. */
export const runOptions: readonly string[] = [
  ...['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024', '--network', 'none'],
]

export function createBox(runtime: Runtime): Box {
  const base = mkdtempSync(join(tmpdir(), 'mig-nvml-box-'))
  const [specs, root, folder] = [join(base, 'cdi'), join(base, 'root'), join(base, 'work')]
  for (const folder of ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp'])
    mkdirSync(join(root, folder), { recursive: true })
  for (const made of [specs, folder]) mkdirSync(made)
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim()
  copyFileSync(busybox, join(root, 'bin/busybox'))
  for (const program of programs) symlinkSync('busybox', join(root, 'bin', program))
  return {
    specs,
    root,
    folder,
    run: (options, script) =>
      run(enter, [
        ...[specs, 'podman', ...podmanOptions(runtime), 'run', '--rm', ...runOptions, ...options],
        ...['--rootfs', root, '/bin/sh', '-c', script],
      ]),
    runOutside: (script, env) => run(enter, [specs, 'sh', '-c', script], { env }),
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }),
  }
}
