import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { pathOf } from '../programs.js'

/** What the kubelet writes of a resource into the status of its node. */
export interface Amounts {
  readonly capacity: number
  readonly allocatable: number
}

/** What a container gets. */
export interface Allocated {
  readonly cdiDevices: readonly string[]
  readonly envs: Readonly<Record<string, string>>
  readonly devices: readonly string[]
  readonly mounts: readonly string[]
}

/** The kubelet's own device manager and podresources server, in a process of its own: control-plane/kubelet-devices. */
export interface DeviceManager {
  /** Folder of the sockets of plugins. */
  readonly plugins: string
  /** The socket of the podresources API. */
  readonly podResources: string
  capacity(): Promise<Readonly<Record<string, Amounts>>>
  /** A pod with one container. Rejects with the kubelet's words where it cannot have the devices. */
  allocate(pod: string, limits: Readonly<Record<string, number>>): Promise<Allocated>
  delete(pod: string): Promise<void>
  /** What a restart of the kubelet does to plugins. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** The kubelet's folders are fixed in its code, so another `/var/lib` is mounted for it. Needs the right to mount. */
export async function startDeviceManager(folder: string): Promise<DeviceManager> {
  const state = join(folder, 'var-lib')
  mkdirSync(state)
  const script = 'mount --bind "$1" /var/lib && exec setpriv --pdeathsig KILL -- "$2"'
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    'unshare',
    [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-ec',
      script,
      'sh',
      state,
      pathOf('kubelet-devices'),
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  )
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  async function read(): Promise<unknown> {
    const { value, done } = await lines.next()
    if (done) throw new Error('the device manager has ended')
    return JSON.parse(value)
  }
  await read()
  // One question at a time: answers come in their order.
  let turn: Promise<unknown> = Promise.resolve()
  function ask<Answer>(...words: readonly string[]): Promise<Answer> {
    const answer = turn.then(async () => {
      child.stdin.write(`${words.join(' ')}\n`)
      return read()
    })
    turn = answer.catch(() => {})
    return answer.then((value) => {
      const error: unknown = Reflect.get(Object(value), 'error')
      if (typeof error === 'string') throw new Error(error)
      return value as Answer
    })
  }
  return {
    plugins: join(state, 'kubelet', 'device-plugins'),
    podResources: join(state, 'kubelet', 'pod-resources', 'kubelet.sock'),
    capacity: () => ask('capacity'),
    allocate: (pod, limits) =>
      ask('allocate', pod, ...Object.entries(limits).map(([name, count]) => `${name}=${count}`)),
    delete: (pod) => ask('delete', pod),
    restart: () => ask('restart'),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
