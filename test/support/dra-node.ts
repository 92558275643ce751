import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { startDraDriver } from '../../lib/agent/dra-driver/start-driver.js'
import type { DeviceTaint, ResourceSlice } from '../../types/kubernetes/dra/objects.js'
import type {
  DraDriver,
  DraDriverEvent,
  DraDriverOptions,
} from '../../types/kubernetes/dra-driver.js'
import { createFakeCluster, type FakeCluster } from './fake-cluster.js'
import { dialDraDriver, type FakeClaim, type FakeDraKubelet } from './fake-dra-kubelet.js'
import { divide } from './machine-root.js'
import { createRootedMachine, type RootedMachine } from './rooted-machine.js'

export const nodeName = 'node-1'

/** The driver's socket with the kubelet. */
export const draSocket = 'gpu.nvidia.com-mig-nvml-reg.sock'

/** Far longer than anything takes here. */
export const patience = { timeout: 120_000, interval: 10 }

/** A node with a simulated machine in a cluster in memory, for DRA drivers. It ends with the test. */
export interface DraNode {
  readonly rooted: RootedMachine
  readonly cluster: FakeCluster
  /** Where the kubelet looks for plugins. */
  readonly folder: string
  readonly specFile: string
  readonly events: DraDriverEvent[]
  start(options?: Partial<DraDriverOptions>): Promise<DraDriver>
  kubelet(): FakeDraKubelet
  /** The first GPU. */
  divide(migDevices: Readonly<Record<string, number>>): Promise<void>
  slices(): readonly ResourceSlice[]
  /** What the scheduler sees: the devices of the newest generation, if it is whole, with their taints. */
  offered(): Readonly<Record<string, readonly DeviceTaint[]>>
  /** The devices of which a new claim can get one. */
  free(): readonly string[]
  /** A claim that the scheduler has allocated: the device of each request. */
  allocate(name: string, devices: Readonly<Record<string, string>>): FakeClaim
  /** An apply has the machine, until the function that it returns is called. */
  lock(): Promise<() => Promise<void>>
}

export function createDraNode(spec: string): DraNode {
  const rooted = createRootedMachine(spec, { store: true })
  const folder = join(rooted.folder, 'plugins_registry')
  const specFile = join(rooted.folder, 'cdi', 'dra.json')
  mkdirSync(folder)
  const cluster = createFakeCluster()
  cluster.put('nodes', { metadata: { name: nodeName, uid: 'uid-of-the-node' } })
  const events: DraDriverEvent[] = []
  const open: (() => unknown)[] = []
  onTestFinished(async () => {
    for (const close of open.reverse()) await close()
    rooted[Symbol.dispose]()
  })
  const slices = (): readonly ResourceSlice[] =>
    cluster.all('resourceslices') as unknown as readonly ResourceSlice[]
  const offered: DraNode['offered'] = () => {
    const newest = Math.max(...slices().map(({ spec: { pool } }) => pool.generation))
    const now = slices().filter(({ spec: { pool } }) => pool.generation === newest)
    if (now.length !== now[0]?.spec.pool.resourceSliceCount) return {}
    return Object.fromEntries(
      now
        .flatMap(({ spec: { devices = [] } }) => devices)
        .map(({ name, taints = [] }) => [name, taints]),
    )
  }
  return {
    rooted,
    cluster,
    folder,
    specFile,
    events,
    async start(options = {}) {
      const driver = await startDraDriver({
        ...rooted.options,
        node: nodeName,
        cluster,
        folder,
        cdi: { file: specFile },
        intervalMs: 20,
        checkMs: 20,
        onEvent: (event) => events.push(event),
        ...options,
      })
      open.push(driver.close)
      return driver
    },
    kubelet() {
      const kubelet = dialDraDriver(folder, draSocket)
      open.push(kubelet.close)
      return kubelet
    },
    divide: (migDevices) => divide(rooted.machine, { 0: migDevices }),
    slices,
    offered,
    free: () =>
      Object.entries(offered())
        .filter(([, taints]) => taints.length === 0)
        .map(([name]) => name)
        .sort(),
    allocate(name, devices) {
      const results = Object.entries(devices).map(([request, device]) => ({
        request,
        driver: 'gpu.nvidia.com',
        pool: nodeName,
        device,
      }))
      cluster.put('resourceclaims', {
        metadata: { name, namespace: 'team-a', uid: `uid-of-${name}` },
        status: { allocation: { devices: { results } } },
      })
      return { namespace: 'team-a', name, uid: `uid-of-${name}` }
    },
    async lock() {
      const apply = spawn('flock', [
        rooted.machine.library.lockFile ?? '',
        ...['sh', '-c', 'echo changing; read x'],
      ])
      const ended = once(apply, 'exit')
      open.push(() => apply.kill('SIGKILL'))
      await once(apply.stdout, 'data')
      return async () => {
        apply.stdin.end('\n')
        await ended
      }
    },
  }
}
