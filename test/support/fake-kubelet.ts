import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Client, credentials } from '@grpc/grpc-js'
import { fieldsOf, message, messagesOf, serveSocket, textsOf } from './socket-service.js'

// The kubelet's side of the device plugin API, in bytes. The numbers of the fields are those of k8s.io/kubelet,
// pkg/apis/deviceplugin/v1beta1/api.proto.

/** The last list of a resource: `Healthy` or `Unhealthy` by id. */
export type FakeList = Readonly<Record<string, string>>

export interface FakeKubelet {
  /** The registrations so far, by resource. */
  readonly registered: readonly string[]
  /** Every list that has come, the newest last. */
  listsOf(resource: string): readonly FakeList[]
  /** NUMA nodes in the last list, by id. */
  nodesOf(resource: string): Readonly<Record<string, readonly number[]>>
  isConnected(resource: string): boolean
  allocate(resource: string, ...ids: readonly string[]): Promise<FakeAllocation>
  prefer(
    resource: string,
    available: readonly string[],
    size: number,
    mustInclude?: readonly string[],
  ): Promise<readonly string[]>
  /** Ends as a kubelet does: its socket goes, and so do its connections. */
  stop(): void
}

export interface FakeAllocation {
  readonly envs: Readonly<Record<string, string>>
  readonly nodes: readonly string[]
  readonly cdiDevices: readonly string[]
}

interface Plugin {
  readonly client: Client
  readonly lists: Buffer[]
  connected: boolean
}

const service = '/v1beta1.DevicePlugin'

export async function startFakeKubelet(folder: string): Promise<FakeKubelet> {
  const plugins = new Map<string, Plugin>()
  const registered: string[] = []
  const server = await serveSocket(join(folder, 'kubelet.sock'), 'v1beta1.Registration', {
    Register(request) {
      const [version] = textsOf(request, 1)
      const [endpoint = ''] = textsOf(request, 2)
      const [resource = ''] = textsOf(request, 3)
      if (version !== 'v1beta1') return new Error(`unsupported version ${version}`)
      if (plugins.get(resource)?.connected) return new Error('device plugin already connected')
      registered.push(resource)
      plugins.set(resource, dial(join(folder, endpoint)))
      return message()
    },
  })
  const pluginOf = (resource: string): Plugin => {
    const plugin = plugins.get(resource)
    if (plugin === undefined) throw new Error(`${resource} is not registered`)
    return plugin
  }
  return {
    registered,
    listsOf: (resource) => (plugins.get(resource)?.lists ?? []).map(listOf),
    nodesOf: (resource) => nodesIn(pluginOf(resource).lists.at(-1) ?? message()),
    isConnected: (resource) => plugins.get(resource)?.connected ?? false,
    async allocate(resource, ...ids) {
      const request = message([1, message(...ids.map((id) => [1, id] as const))])
      const response = await call(pluginOf(resource).client, 'Allocate', request)
      return allocationIn(messagesOf(response, 1)[0] ?? message())
    },
    async prefer(resource, available, size, mustInclude = []) {
      const request = message([
        1,
        message(
          ...available.map((id) => [1, id] as const),
          ...mustInclude.map((id) => [2, id] as const),
          [3, size],
        ),
      ])
      const response = await call(pluginOf(resource).client, 'GetPreferredAllocation', request)
      return textsOf(messagesOf(response, 1)[0] ?? message(), 1)
    },
    stop() {
      server.close()
      rmSync(join(folder, 'kubelet.sock'), { force: true })
      for (const { client } of plugins.values()) client.close()
    },
  }
}

const same = (bytes: Buffer): Buffer => bytes

function dial(socket: string): Plugin {
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  })
  const plugin: Plugin = { client, lists: [], connected: true }
  const end = (): void => {
    plugin.connected = false
  }
  client
    .makeServerStreamRequest(`${service}/ListAndWatch`, same, same, message())
    .on('data', (list: Buffer) => plugin.lists.push(list))
    .on('error', end)
    .on('end', end)
  return plugin
}

function call(client: Client, method: string, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(`${service}/${method}`, same, same, request, (error, response) =>
      error === null ? resolve(response ?? message()) : reject(error),
    )
  })
}

function listOf(list: Buffer): FakeList {
  return Object.fromEntries(
    messagesOf(list, 1).map((device) => [textsOf(device, 1)[0] ?? '', textsOf(device, 2)[0] ?? '']),
  )
}

function nodesIn(list: Buffer): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(
    messagesOf(list, 1).map((device) => [
      textsOf(device, 1)[0] ?? '',
      messagesOf(device, 3)
        .flatMap((topology) => messagesOf(topology, 1))
        .map((node) => Number(fieldsOf(node).get(1)?.[0] ?? 0)),
    ]),
  )
}

function allocationIn(container: Buffer): FakeAllocation {
  const pairs = messagesOf(container, 1).map((pair) => [textsOf(pair, 1)[0], textsOf(pair, 2)[0]])
  return {
    envs: Object.fromEntries(pairs),
    nodes: messagesOf(container, 3).flatMap((node) => textsOf(node, 2)),
    cdiDevices: messagesOf(container, 5).flatMap((device) => textsOf(device, 1)),
  }
}
