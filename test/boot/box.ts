import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import {
  createSimulatedMachine,
  type FollowedTree,
  followRootTree,
  type SimulatedMachineSpec,
  writeRootTree,
} from '../../lib/simulator.js'
import type { SimulatedMachine, SimulatedMachineOptions } from '../../types/simulator/machine.js'
import { type Run, run } from '../peers/run.js'
import { putFile } from '../support/root-tree.js'
import { type Container, startContainer } from './container.js'
import { checkout, containerEnv, paths } from './paths.js'
import { makeRoot } from './root-folder.js'

/** How a boot ended: systemd has started everything, or the container is gone. */
export type BootEnd =
  | { readonly kind: 'up'; readonly state: string }
  | { readonly kind: 'ended'; readonly status: number | null }

/** A computer with simulated GPUs on which systemd boots, made of a container and a simulated machine. */
export interface Box {
  readonly machine: SimulatedMachine
  /** Its root, without what is bound into it while it runs. */
  readonly folder: string
  /** Writes a file of the computer, before or while it runs. */
  write(path: string, text: string): void
  /** Reads a file of the computer; null: it is not there. */
  read(path: string): string | null
  /** Enables a unit for the next boot, as `systemctl enable` does. */
  enable(unit: string, target?: string): void
  /** Begins a boot and does not wait for it. */
  start(): Container
  /** Waits until systemd has nothing to start any more. */
  settled(): Promise<BootEnd>
  boot(): Promise<BootEnd>
  /** Shuts systemd down. */
  shutDown(): Promise<void>
  /** Brings the file tree of the machine to what the machine is now. */
  writeTree(): void
  /** The same, and from then on GPUs reset when a program asks for it below /sys. */
  followTree(): FollowedTree
  /** What a reboot does to GPUs. The container must have ended. */
  rebootMachine(): void
  /** Everything ends at once, and the machine loses what it loses without power. */
  cutPower(): Promise<void>
  /** Runs a program in the computer, as root. */
  run(...words: readonly string[]): Promise<Run>
  /** Runs `mig-nvml` in the computer, as root. */
  mig(...words: readonly string[]): Promise<Run>
  /** `active`, `inactive`, `failed`, `activating`. */
  stateOf(unit: string): Promise<string>
  /** What a unit wrote in this boot. */
  journal(unit: string): Promise<string>
}

export interface BoxOptions extends Omit<SimulatedMachineOptions, 'store'> {
  readonly spec: SimulatedMachineSpec
}

/** For what another process does in its own time. */
export const patience = { timeout: 60_000, interval: 10 }

// nsenter itself stops when systemd stops all processes before it kills them, and systemd would wait for it.
const enterProcesses = '"$@" & wait $!'

/** Is gone after the test, whatever its outcome. */
export function createBox({ spec, ...options }: BoxOptions): Box {
  const base = mkdtempSync(join(tmpdir(), 'mig-nvml-boot-'))
  let machine: SimulatedMachine | null = null
  let container: Container | null = null
  onTestFinished(async () => {
    await container?.kill()
    machine?.close()
    rmSync(base, { recursive: true, force: true })
  })
  const [root, hardware] = [join(base, 'root'), join(base, 'machine')]
  const tree = join(hardware, 'root')
  mkdirSync(hardware, { mode: 0o755 })
  mkdirSync(join(tree, 'proc'), { recursive: true })
  const made = createSimulatedMachine(spec, { ...options, store: join(hardware, 'store') })
  machine = made
  writeTree()
  const env = containerEnv(made.env, hardware)
  makeRoot(root)
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const environment = variables.map((variable) => `"${variable}"`).join(' ')
  putFile(
    root,
    'etc/systemd/system.conf.d/machine.conf',
    `[Manager]\nDefaultEnvironment=${environment}\n`,
  )
  for (const program of ['client.js', 'apply-until.js'])
    copyFileSync(fileURLToPath(new URL(program, import.meta.url)), join(hardware, program))

  function start(): Container {
    if (container !== null && !container.hasEnded) throw new Error('it runs already')
    container = startContainer(basename(base), root, [
      '--bind-ro=/usr',
      `--bind-ro=${checkout}:${paths.package}`,
      `--bind-ro=${realpathSync(process.execPath)}:${paths.node}`,
      `--bind=${hardware}:${paths.machine}`,
    ])
    return container
  }

  function running(): Container {
    if (container === null) throw new Error('it was not started')
    return container
  }

  async function runInside(...words: readonly string[]): Promise<Run> {
    const leader = await running().leader()
    if (leader === null) throw new Error(`it has ended: ${running().console()}`)
    return run('nsenter', [
      ...['--all', '--no-fork', `--target=${leader}`, 'sh', '-c', enterProcesses, 'sh'],
      ...['env', '-i', 'PATH=/usr/sbin:/usr/bin', 'LC_ALL=C.UTF-8', ...variables, ...words],
    ])
  }

  async function settled(): Promise<BootEnd> {
    const current = running()
    const up = vi.waitFor(async (): Promise<BootEnd> => {
      if (current.hasEnded) return { kind: 'ended', status: await current.ended }
      const { stdout, stderr } = await runInside('systemctl', 'is-system-running', '--wait')
      const state = stdout.trim()
      if (state !== 'running' && state !== 'degraded') throw new Error(`${state}${stderr}`)
      return { kind: 'up', state }
    }, patience)
    return up
  }

  function writeTree(): void {
    writeRootTree(made, tree)
  }

  function rebootMachine(): void {
    made.reboot()
    writeTree()
  }

  return {
    machine,
    folder: root,
    write: (path, text) => putFile(root, path, text),
    read: (path) => {
      const file = join(root, path)
      return existsSync(file) ? readFileSync(file, 'utf8') : null
    },
    enable(unit, target = 'multi-user.target') {
      const folder = join(root, 'etc/systemd/system', `${target}.wants`)
      mkdirSync(folder, { recursive: true })
      symlinkSync(`../${unit}`, join(folder, unit))
    },
    start,
    settled,
    async boot() {
      start()
      return settled()
    },
    async shutDown() {
      await runInside('systemctl', '--no-block', 'poweroff')
      await running().ended
    },
    writeTree,
    followTree: () => followRootTree(made, tree),
    rebootMachine,
    async cutPower() {
      await running().kill()
      rebootMachine()
    },
    run: runInside,
    mig: (...words) => runInside(paths.node, paths.cli, ...words),
    async stateOf(unit) {
      const { stdout } = await runInside('systemctl', 'show', '--property=ActiveState', unit)
      return stdout.trim().replace('ActiveState=', '')
    },
    async journal(unit) {
      const { stdout } = await runInside('journalctl', '--boot', '--output=cat', `--unit=${unit}`)
      return stdout
    },
  }
}
