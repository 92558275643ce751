import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { MigError } from '../../errors.js'
import { connectService } from '../kubelet/call.js'
import type { LoadedGrpc } from '../kubelet/grpc.js'
import { identityOf, listen, removeStale, shutDown, unary } from '../kubelet/socket-server.js'
import type { NamedClaim, PreparedClaim } from './prepare-claims.js'

const pluginType = 'DRAPlugin'
const service = 'v1.DRAPlugin'
const infoMs = 2000

/** The services that the kubelet calls, on one socket where it looks for plugins. */
export interface DriverSocket {
  /** Whether something has removed the socket. */
  isGone(): boolean
  close(): Promise<void>
}

/** What the kubelet asks and reports. */
export interface DriverAnswers {
  prepare(claim: NamedClaim): Promise<PreparedClaim>
  /** Null: it is registered. */
  registered(error: string | null): void
}

/** The messages of both services. */
export interface DriverMessages {
  readonly registration: LoadedGrpc
  readonly dra: LoadedGrpc
}

interface Claims {
  readonly claims: readonly NamedClaim[]
}

/** @throws MigError `MIG_PLUGIN_RUNNING` beside another driver of this name; `MIG_LISTEN_FAILED`. */
export async function openDriverSocket(
  { registration, dra }: DriverMessages,
  folder: string,
  driver: string,
  answers: DriverAnswers,
): Promise<DriverSocket> {
  const { grpc } = dra
  const name = `${driver}-mig-nvml-reg.sock`
  const path = join(folder, name)
  await refuseOther(registration, folder, driver, name)
  await removeStale(path, 'DRA driver')
  const server = new grpc.Server()
  server.addService(registration.service('Registration').service, {
    // Without an endpoint the kubelet calls this very socket, so no second folder has to be its own in a container.
    GetInfo: unary(grpc, async () => ({ type: pluginType, name: driver, versions: [service] })),
    NotifyRegistrationStatus: unary(
      grpc,
      async ({ registered, error }: { readonly registered: boolean; readonly error: string }) => {
        answers.registered(registered ? null : error)
        return {}
      },
    ),
  })
  server.addService(dra.service('DRAPlugin').service, {
    NodePrepareResources: unary(grpc, async ({ claims }: Claims) => ({
      claims: Object.fromEntries(
        await Promise.all(
          claims.map(async (claim) => [claim.uid, await answers.prepare(claim)] as const),
        ),
      ),
    })),
    // Nothing was made for the claim, so there is nothing to take back.
    NodeUnprepareResources: unary(grpc, async ({ claims }: Claims) => ({
      claims: Object.fromEntries(claims.map(({ uid }) => [uid, { error: '' }])),
    })),
  })
  await listen(server, path, grpc)
  const identity = identityOf(path)
  let closing: Promise<void> | undefined
  return {
    isGone: () => identityOf(path) !== identity,
    close() {
      closing ??= shutDown(server)
      return closing
    },
  }
}

/** Two drivers of one name would take turns at the kubelet, with different names for containers. */
async function refuseOther(
  loaded: LoadedGrpc,
  folder: string,
  driver: string,
  own: string,
): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((each) => each.endsWith('.sock') && each !== own)) {
    const path = join(folder, name)
    const socket = connectService(loaded, 'Registration', path)
    try {
      const info = await socket.call<{ readonly type: string; readonly name: string }>(
        'GetInfo',
        {},
        { timeoutMs: infoMs },
      )
      if (info.type !== pluginType || info.name !== driver) continue
    } catch {
      // A socket that nobody serves, or that of a plugin of another kind.
      continue
    } finally {
      socket.close()
    }
    throw new MigError(
      'MIG_PLUGIN_RUNNING',
      `another DRA driver ${driver} runs on this node: it answers at ${path}`,
      { hint: 'remove one of the two from the node: the kubelet takes one driver of a name' },
    )
  }
}
