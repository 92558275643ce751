import { join } from 'node:path'
import { connectService } from '../kubelet/call.js'
import type { LoadedGrpc } from '../kubelet/grpc.js'
import {
  type ListedDevice,
  openPluginSocket,
  type PluginAnswers,
} from '../kubelet/plugin-socket.js'
import { identityOf } from '../kubelet/socket-server.js'

const apiVersion = 'v1beta1'
const registerMs = 10_000
/** How long a kubelet may take to read the list of a plugin that it has registered. */
const connectMs = 15_000

/** A resource, kept registered with the kubelet as long as it is open. */
export interface RegisteredResource {
  /** Returns once the list has left. */
  offer(devices: readonly ListedDevice[]): Promise<void>
  /** Registers with a kubelet that does not know the resource, as after its restart. Rejects where it does not answer. */
  keep(signal: AbortSignal): Promise<'registered' | 'kept'>
  close(): Promise<void>
}

export async function registerResource(
  loaded: LoadedGrpc,
  folder: string,
  resource: string,
  answers: PluginAnswers,
): Promise<RegisteredResource> {
  const name = `mig-nvml-${resource.replace(/^.*\//, '')}.sock`
  const kubelet = join(folder, 'kubelet.sock')
  let listed: readonly ListedDevice[] = []
  let socket = await openPluginSocket(loaded, folder, name, answers)
  /** Which kubelet has it. */
  let registeredAt: { readonly identity: string | null; readonly time: number } | null = null

  async function reopen(): Promise<void> {
    await socket.close()
    socket = await openPluginSocket(loaded, folder, name, answers)
    await socket.send(listed)
    registeredAt = null
  }

  function isKnown(): boolean {
    if (registeredAt === null || registeredAt.identity !== identityOf(kubelet)) return false
    return socket.isRead() || performance.now() - registeredAt.time < connectMs
  }

  return {
    offer(devices) {
      listed = devices
      return socket.send(devices)
    },
    async keep(signal) {
      if (socket.isGone()) await reopen()
      if (isKnown()) return 'kept'
      const identity = identityOf(kubelet)
      await register(loaded, kubelet, { name, resource }, signal)
      registeredAt = { identity, time: performance.now() }
      return 'registered'
    },
    close: () => socket.close(),
  }
}

async function register(
  loaded: LoadedGrpc,
  kubelet: string,
  { name, resource }: { readonly name: string; readonly resource: string },
  signal: AbortSignal,
): Promise<void> {
  const service = connectService(loaded, 'Registration', kubelet)
  try {
    const options = { preStartRequired: false, preferredAllocation: true }
    const request = { version: apiVersion, endpoint: name, resource, options }
    await service.call('Register', request, { timeoutMs: registerMs, signal })
  } finally {
    service.close()
  }
}
