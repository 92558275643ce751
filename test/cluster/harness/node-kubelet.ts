import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { listMigDevices, readMigState } from '../../../lib/index.js'
import { resourceNames } from '../../../lib/kubernetes.js'
import type { ClusterClient, ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { message, serveSocket } from '../../support/socket-service.js'
import type { SimulatedNode } from './simulated-node.js'

/** A device that the kubelet has given to a pod, and the process of the pod on it. */
export interface HeldByPod {
  readonly pod: string
  readonly uid: string
  readonly resource: string
  readonly device: string
  readonly pid: number
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
}

const pods = { apiVersion: 'v1', resource: 'pods' }
let nextPid = 100_000

export async function startNodeKubelet(
  admin: ClusterClient,
  node: SimulatedNode,
): Promise<NodeKubelet> {
  const { machine, folder, name } = node
  const { library } = machine
  const object = { apiVersion: 'v1', resource: 'nodes', name }
  const held = new Map<string, HeldByPod[]>()
  const broken: string[] = []
  const socket = join(folder, 'pod-resources.sock')
  let advertised = ''
  const ended = new AbortController()

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
    const resources = resourceNames(state, { strategy: 'mixed' })
    const devices = new Map(listMigDevices(state).map((device) => [String(device.uuid), device]))
    for (const [key, own] of held)
      for (const { device } of own)
        if (!devices.has(device) && !broken.includes(key)) broken.push(key)
    await advertise(resources)

    const { items } = await admin.list(pods, { fieldSelector: `spec.nodeName=${name}` })
    const alive = new Map(items.filter(isAlive).map((pod) => [keyOf(pod), pod]))
    for (const [key, own] of held)
      if (!alive.has(key)) {
        for (const { pid } of own) machine.removeProcess(pid)
        held.delete(key)
      }
    const taken = new Set([...held.values()].flat().map(({ device }) => device))
    for (const [key, pod] of alive) {
      if (held.has(key)) continue
      const given: HeldByPod[] = []
      for (const [resource, count] of wantedBy(pod))
        for (const uuid of (resources[resource] ?? []).map(String).slice()) {
          const device = devices.get(uuid)
          if (given.filter((each) => each.resource === resource).length === count) break
          if (taken.has(uuid) || device === undefined) continue
          taken.add(uuid)
          const pid = nextPid++
          const { gpuInstanceId, computeInstanceId, gpuIndex: gpu } = device
          machine.addProcess({ pid, gpu, gpuInstanceId, computeInstanceId, name: 'train' })
          given.push({ pod: key, uid: pod.metadata.uid ?? '', resource, device: uuid, pid })
        }
      if (given.length > 0) held.set(key, given)
    }
  }

  const loop = (async () => {
    while (!ended.signal.aborted) {
      // While the API server is down or the layout changes, a kubelet tries again, too.
      await tick().catch(() => {})
      await sleep(100, undefined, { signal: ended.signal }).catch(() => {})
    }
  })()

  return {
    socket,
    broken,
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
