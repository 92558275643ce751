import { join } from 'node:path'
import type * as Grpc from '@grpc/grpc-js'
import type { LoadedGrpc } from './grpc.js'
import { identityOf, listen, removeStale, shutDown, unary } from './socket-server.js'

/** A device as the kubelet gets it. */
export interface ListedDevice {
  readonly id: string
  readonly isHealthy: boolean
  /** Null: not known. */
  readonly numaNode: number | null
}

/** What a container gets. */
export interface ContainerAllocation {
  readonly envs?: Readonly<Record<string, string>>
  readonly devices?: readonly {
    readonly containerPath: string
    readonly hostPath: string
    readonly permissions: string
  }[]
  readonly cdiDevices?: readonly { readonly name: string }[]
}

/** The questions of the kubelet about one resource. What rejects fails the start of the pod, with its message. */
export interface PluginAnswers {
  allocate(ids: readonly string[]): Promise<ContainerAllocation>
  prefer(request: {
    readonly available: readonly string[]
    readonly mustInclude: readonly string[]
    readonly size: number
  }): readonly string[]
}

/** The server of one resource, on a socket in the kubelet's folder. */
export interface PluginSocket {
  readonly name: string
  /** The kubelet gets this list now, and at its next connection. Resolves when it has left. */
  send(devices: readonly ListedDevice[]): Promise<void>
  /** Whether something has removed the socket, as a kubelet does when it starts. */
  isGone(): boolean
  /** Whether a kubelet reads the list. */
  isRead(): boolean
  /** Ends the lists that are read, after what was sent. Idempotent. */
  close(): Promise<void>
}

type Stream = Grpc.ServerWritableStream<object, object>

/**
 * @throws MigError `MIG_PLUGIN_RUNNING` where another process answers on that socket; `MIG_LISTEN_FAILED` where it cannot be made.
 */
export async function openPluginSocket(
  { grpc, service }: LoadedGrpc,
  folder: string,
  name: string,
  answers: PluginAnswers,
): Promise<PluginSocket> {
  const path = join(folder, name)
  await removeStale(path, 'device plugin')
  const streams = new Set<Stream>()
  let list: object = { devices: [] }
  const server = new grpc.Server()
  server.addService(service('DevicePlugin').service, {
    GetDevicePluginOptions: unary(grpc, async () => ({
      preStartRequired: false,
      preferredAllocation: true,
    })),
    ListAndWatch(stream: Stream) {
      streams.add(stream)
      const leave = (): void => void streams.delete(stream)
      stream.on('cancelled', leave).on('close', leave).on('error', leave)
      stream.write(list)
    },
    GetPreferredAllocation: unary(grpc, async ({ containers }: Containers<Preferring>) => ({
      containers: containers.map((request) => ({ ids: answers.prefer(request) })),
    })),
    Allocate: unary(
      grpc,
      async ({ containers }: Containers<{ readonly ids: readonly string[] }>) => ({
        containers: await Promise.all(containers.map(({ ids }) => answers.allocate(ids))),
      }),
    ),
    PreStartContainer: unary(grpc, async () => ({})),
  })
  await listen(server, path, grpc)
  const identity = identityOf(path)
  let closing: Promise<void> | undefined

  return {
    name,
    async send(devices) {
      list = { devices: devices.map(deviceMessage) }
      await Promise.all([...streams].map((stream) => written(stream, list)))
    },
    isGone: () => identityOf(path) !== identity,
    isRead: () => streams.size > 0,
    close() {
      for (const stream of streams) stream.end()
      closing ??= shutDown(server)
      return closing
    },
  }
}

interface Containers<Request> {
  readonly containers: readonly Request[]
}

interface Preferring {
  readonly available: readonly string[]
  readonly mustInclude: readonly string[]
  readonly size: number
}

function deviceMessage({ id, isHealthy, numaNode }: ListedDevice): object {
  return {
    id,
    health: isHealthy ? 'Healthy' : 'Unhealthy',
    ...(numaNode === null ? {} : { topology: { nodes: [{ id: numaNode }] } }),
  }
}

/** A stream that has ended meanwhile is no failure. */
function written(stream: Stream, message: object): Promise<void> {
  return new Promise((resolve) => {
    if (stream.cancelled || stream.destroyed) return resolve()
    stream.once('close', resolve)
    stream.write(message, () => {
      stream.off('close', resolve)
      resolve()
    })
  })
}
