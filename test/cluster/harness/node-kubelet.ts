import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { listMigDevices, readMigState } from '../../../lib/index.js'
import { resourceNames } from '../../../lib/kubernetes.js'
import type { ClusterClient, ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { watchDevices } from '../../support/device-watch.js'
import { message, serveSocket } from '../../support/socket-service.js'
import { addPodProcess } from './pod-process.js'
import { phaseOf, type SimulatedNode } from './simulated-node.js'
import { accountFor } from './until.js'

/** A device that the kubelet has given to a pod, and the process of the pod on it. */
export interface HeldByPod {
  readonly pod: string
  readonly uid: string
  readonly resource: string
  readonly device: string
  /** Null: the pod has not begun to use its device. */
  readonly pid: number | null
}

/**
 * What kwok lacks of a kubelet, for one node: it advertises the MIG devices of the simulated machine, gives them to pods, runs a
 * process on each, and answers which pod has which.
 */
export interface NodeKubelet extends AsyncDisposable {
  /** The socket of the podresources API. */
  readonly socket: string
  /** What pods hold now. */
  held(): readonly HeldByPod[]
  /** Pods that have lost their device while they lived. It must stay empty. */
  readonly broken: readonly string[]
  /** Changes of the driver that took a device from a pod that had it, by the driver's own journal. It must stay empty. */
  losses(): readonly string[]
  /** Does something while no pod is given a device, and with the devices that pods have. */
  meanwhile(action: (held: readonly string[]) => Promise<void>): Promise<void>
}

/** A pod with this label and any value does not begin to use its device. */
export const idleLabel = 'a.test/idle'
/** A pod with this label is admitted by the kubelet of this file, and not by kwok. */
export const kubeletLabel = 'a.test/kubelet'

const pods = { apiVersion: 'v1', resource: 'pods' }
let nextPid = 100_000

export async function startNodeKubelet(
  admin: ClusterClient,
  node: SimulatedNode,
  /** Whether it has a device plugin. */
  isPlugged = true,
): Promise<NodeKubelet> {
  const { machine, folder, name, root } = node
  const { library } = machine
  const object = { apiVersion: 'v1', resource: 'nodes', name }
  const held = new Map<string, HeldByPod[]>()
  const broken: string[] = []
  const socket = join(folder, 'pod-resources.sock')
  let advertised = ''
  const ended = new AbortController()
  const watch = watchDevices(machine)
  let busy: Promise<void> = Promise.resolve()
  let problem = 'none'
  accountFor(socket, () => {
    const pods = [...held].map(([key, own]) => `${key} ${own.map(({ device }) => device)}`)
    return `kubelet of ${name}: last problem ${problem}; pods ${pods.join(', ') || 'none'}`
  })

  const server = await serveSocket(socket, 'v1.PodResourcesLister', {
    List: () =>
      message(...[...held].map(([key, devices]) => [1, podMessage(key, devices)] as const)),
  })

  async function advertise(resources: Readonly<Record<string, readonly unknown[]>>): Promise<void> {
    const counts = Object.fromEntries(
      Object.entries(resources).map(([resource, devices]) => [resource, String(devices.length)]),
    )
    const text = JSON.stringify(counts)
    if (text === advertised) return
    const now = await admin.get(object)
    const status = now?.['status'] as { readonly allocatable?: Record<string, string> } | undefined
    // A real kubelet keeps the name of a resource that is gone, with the amount 0.
    const gone = Object.keys(status?.allocatable ?? {}).filter((key) =>
      key.startsWith('nvidia.com/'),
    )
    const all = { ...Object.fromEntries(gone.map((key) => [key, '0'])), ...counts }
    await admin.merge(
      object,
      { status: { allocatable: all, capacity: all } },
      { subresource: 'status' },
    )
    advertised = text
  }

  async function tick(): Promise<void> {
    const state = await readMigState({ library })
    const resources = isPlugged ? resourceNames(state, { strategy: 'mixed' }) : {}
    const devices = new Map(listMigDevices(state).map((device) => [String(device.uuid), device]))
    for (const [key, own] of held)
      for (const { device } of own)
        if (!devices.has(device) && !broken.includes(key)) broken.push(key)
    await advertise(resources)

    const { items } = await admin.list(pods, { fieldSelector: `spec.nodeName=${name}` })
    const alive = new Map(items.filter(isAlive).map((pod) => [keyOf(pod), pod]))
    for (const [key, own] of held)
      if (!alive.has(key)) {
        watch.release(key)
        for (const { pid } of own) if (pid !== null) machine.removeProcess(pid)
        held.delete(key)
      }
    for (const [key, pod] of alive) {
      if (held.has(key)) continue
      const wanted = wantedBy(pod)
      if (wanted.length === 0) continue
      const given = choose(key, pod, resources)
      const isEnough = given.length === wanted.reduce((sum, [, count]) => sum + count, 0)
      if (!isEnough) {
        await setStatus(pod, 'Failed')
        continue
      }
      held.set(key, given)
      for (const { device } of given) {
        const at = devices.get(device)
        if (at !== undefined) watch.give(key, { ...at, gpu: at.gpuIndex })
      }
      try {
        for (const { device, pid, uid } of given) {
          const { gpuInstanceId, computeInstanceId, gpuIndex: gpu } = devices.get(device) ?? {}
          if (pid !== null && gpu !== undefined) {
            addPodProcess(root, pid, uid)
            machine.addProcess({
              pid,
              gpu,
              gpuInstanceId,
              computeInstanceId,
              name: 'train',
            } as never)
          }
        }
        const now = listMigDevices(await readMigState({ library })).map(({ uuid }) => uuid)
        if (given.some(({ device }) => !now.includes(device as never))) throw new Error('gone')
      } catch {
        // The device went between the look of the kubelet and the start of the pod, which has never run.
        watch.refuse(key)
        held.delete(key)
        await setStatus(pod, 'Failed')
        continue
      }
      await setStatus(pod, 'Running')
    }
    for (const [key, pod] of alive)
      if (held.has(key) && phaseOf(pod) === 'Pending') await setStatus(pod, 'Running')
  }

  function choose(
    key: string,
    pod: ClusterObject,
    resources: Readonly<Record<string, readonly unknown[]>>,
  ): HeldByPod[] {
    const taken = new Set([...held.values()].flat().map(({ device }) => device))
    const isIdle = pod.metadata.labels?.[idleLabel] !== undefined
    return wantedBy(pod).flatMap(([resource, count]) =>
      (resources[resource] ?? [])
        .map(String)
        .filter((uuid) => !taken.has(uuid))
        .slice(0, count)
        .map((device) => ({
          pod: key,
          uid: pod.metadata.uid ?? '',
          resource,
          device,
          pid: isIdle ? null : nextPid++,
        })),
    )
  }

  /** As the kubelet does when it has admitted a pod, or refused it. */
  async function setStatus(
    { metadata: { name: pod = '', namespace = '' } }: ClusterObject,
    phase: 'Running' | 'Failed',
  ): Promise<void> {
    const ready = { type: 'Ready', status: phase === 'Running' ? 'True' : 'False' }
    const reason = phase === 'Failed' ? { reason: 'UnexpectedAdmissionError' } : {}
    await admin.merge(
      { ...pods, namespace, name: pod },
      { status: { phase, ...reason, conditions: [ready] } },
      { subresource: 'status' },
    )
  }

  const loop = (async () => {
    while (!ended.signal.aborted) {
      // While the API server is down or the layout changes, a kubelet tries again, too.
      busy = busy.then(tick).then(
        () => {
          problem = 'none'
        },
        (error: unknown) => {
          problem = String(error)
        },
      )
      await busy
      await sleep(100, undefined, { signal: ended.signal }).catch(() => {})
    }
  })()

  return {
    socket,
    broken,
    losses: watch.losses,
    async meanwhile(action) {
      const done = busy.then(() => action([...held.values()].flat().map(({ device }) => device)))
      busy = done.catch(() => {})
      await done
    },
    held: () => [...held.values()].flat(),
    async [Symbol.asyncDispose]() {
      ended.abort()
      await loop
      await server[Symbol.asyncDispose]()
    },
  }
}

function isAlive({ metadata, status }: ClusterObject): boolean {
  const { phase } = (status ?? {}) as { readonly phase?: string }
  return metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed'
}

const keyOf = ({ metadata }: ClusterObject): string => `${metadata.namespace}/${metadata.name}`

/** The MIG devices in the limits of the containers. */
function wantedBy(pod: ClusterObject): readonly (readonly [string, number])[] {
  const { containers } = pod['spec'] as {
    readonly containers: readonly {
      readonly resources?: { readonly limits?: Record<string, string> }
    }[]
  }
  return containers.flatMap(({ resources }) =>
    Object.entries(resources?.limits ?? {})
      .filter(([resource]) => resource.startsWith('nvidia.com/'))
      .map(([resource, count]) => [resource, Number(count)] as const),
  )
}

// v1.PodResources: name 1, namespace 2, containers 3 { name 1, devices 2 { resource 1, ids 2 } }.
function podMessage(key: string, devices: readonly HeldByPod[]): Buffer {
  const [namespace = '', name = ''] = key.split('/')
  const lists = devices.map(
    ({ resource, device }) => [2, message([1, resource], [2, device])] as const,
  )
  return message([1, name], [2, namespace], [3, message([1, 'main'], ...lists)])
}
