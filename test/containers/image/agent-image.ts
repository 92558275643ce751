import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { output, type Run, run } from '../../peers/run.js'
import { enter, type Runtime, runOptions } from '../box.js'
import { writeBaseRoot } from './base-root.js'
import { packCheckout } from './pack-checkout.js'

const checkout = fileURLToPath(new URL('../../..', import.meta.url))
const base = 'localhost/mig-nvml/base:test'
const image = 'localhost/mig-nvml/agent:test'

/** The image of deploy/Containerfile, built by podman. */
export interface AgentImage extends AsyncDisposable {
  /** Runs a container of it. */
  run(options: readonly string[], ...args: readonly string[]): Promise<Run>
  /** The same, while it runs. Signals reach the first process of the container. */
  start(options: readonly string[], ...args: readonly string[]): ChildProcess
}

/** Builds it from this checkout, on a base that is made here. Only npm's registry is reached. */
export async function buildAgentImage(runtime: Runtime, node: string): Promise<AgentImage> {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-image-'))
  const [context, root] = [join(folder, 'context'), join(folder, 'root')]
  mkdirSync(context)
  copyFileSync(join(checkout, '.dockerignore'), join(context, '.dockerignore'))
  const holder = await holdNamespace(folder)
  // Layers in memory: a driver that copies them writes gigabytes.
  const podman = [
    ...['--target', String(holder.pid), '--mount', 'podman', '--storage-driver', 'overlay'],
    ...['--root', '/run/store', '--runroot', '/run/podman'],
    ...['--cgroup-manager', 'cgroupfs', '--runtime', runtime],
  ]
  const dispose = async (): Promise<void> => {
    await holder.end()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    writeBaseRoot(root, node)
    const rootArchive = join(folder, 'root.tar')
    execFileSync('tar', ['--numeric-owner', '-cf', rootArchive, '-C', root, '.'])
    await output('nsenter', [...podman, 'import', '--quiet', rootArchive, base])
    const tarball = packCheckout(checkout, folder, context)
    await output('nsenter', [
      ...[...podman, 'build', '--layers=false', '--isolation=chroot', '--network=host'],
      ...[`--build-arg=BASE=${base}`, `--build-arg=PACKAGE=./${tarball}`],
      ...(await npmOptions(folder)),
      ...['--file', join(checkout, 'deploy/Containerfile'), '--tag', image, context],
    ])
  } catch (error) {
    await dispose()
    throw error
  }
  const commandOf = (options: readonly string[], args: readonly string[]): string[] => [
    ...[...podman, 'run', '--rm', ...runOptions, ...options],
    ...[image, ...args],
  ]
  return {
    run: (options, ...args) => run('nsenter', commandOf(options, args)),
    start: (options, ...args) => spawn('nsenter', commandOf(options, args)),
    [Symbol.asyncDispose]: dispose,
  }
}

/** A process in the namespaces of a box. They end with it, and it with this process. */
async function holdNamespace(
  folder: string,
): Promise<{ readonly pid: number | undefined; end(): Promise<void> }> {
  const specs = join(folder, 'cdi')
  mkdirSync(specs)
  const child = spawn(enter, [specs, 'sh', '-c', 'echo ready; exec cat'])
  const exit = once(child, 'exit')
  await Promise.race([
    once(child.stdout, 'data'),
    exit.then(() => {
      throw new Error('no namespaces')
    }),
  ])
  return {
    pid: child.pid,
    async end() {
      child.stdin.end()
      await exit
    },
  }
}

/** The npm in the build uses the registry of the npm out here. */
async function npmOptions(folder: string): Promise<readonly string[]> {
  const get = async (name: string): Promise<string> =>
    (await output('npm', ['config', 'get', name])).trim()
  const own = '/etc/ssl/certs/ca-certificates.crt'
  const named = await get('cafile')
  const cafile = existsSync(named) ? named : own
  const file = join(folder, 'npmrc')
  const lines = [`registry=${await get('registry')}`]
  if (existsSync(cafile)) lines.push(`cafile=${own}`)
  writeFileSync(file, `${lines.join('\n')}\n`)
  const mounts = [`${file}:/usr/local/etc/npmrc:ro`]
  if (existsSync(cafile)) mounts.push(`${cafile}:${own}:ro`)
  return mounts.map((mount) => `--volume=${mount}`)
}
