import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Run, run } from '../peers/run.js'

export type Runtime = 'runc' | 'crun'

const enter = fileURLToPath(new URL('box.sh', import.meta.url))
/** What the scripts of the tests call. */
const programs = ['cat', 'env', 'ls', 'mknod', 'sh', 'stat']

/** Containers of podman with one runtime, made from the host's busybox, without a registry. */
export interface Box {
  /** Stands for /var/run/cdi. */
  readonly specs: string
  /** Runs a shell script in a container. */
  run(options: readonly string[], script: string): Promise<Run>
  [Symbol.dispose](): void
}

export function createBox(runtime: Runtime): Box {
  const base = mkdtempSync(join(tmpdir(), 'mig-nvml-box-'))
  const [specs, root] = [join(base, 'cdi'), join(base, 'root')]
  for (const folder of ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp'])
    mkdirSync(join(root, folder), { recursive: true })
  mkdirSync(specs)
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim()
  copyFileSync(busybox, join(root, 'bin/busybox'))
  for (const program of programs) symlinkSync('busybox', join(root, 'bin', program))
  return {
    specs,
    run: (options, script) =>
      run(enter, [
        specs,
        ...[
          'podman',
          '--storage-driver',
          'vfs',
          '--root',
          '/run/store',
          '--runroot',
          '/run/podman',
        ],
        ...['--cgroup-manager', 'cgroupfs', '--runtime', runtime],
        // Limits that a process without CAP_SYS_RESOURCE may set.
        ...['run', '--rm', '--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'],
        ...['--network', 'none', ...options, '--rootfs', root, '/bin/sh', '-c', script],
      ]),
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }),
  }
}
