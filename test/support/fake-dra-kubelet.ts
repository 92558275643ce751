import { join } from 'node:path'
import { Client, credentials } from '@grpc/grpc-js'
import { fieldsOf, message, messagesOf, textsOf } from './socket-service.js'

// The kubelet's side of a DRA driver, in bytes. The numbers of the fields are those of k8s.io/kubelet, pkg/apis/pluginregistration/v1
// and pkg/apis/dra/v1.

export interface FakeClaim {
  readonly namespace: string
  readonly uid: string
  readonly name: string
}

/** What a claim got. An empty error: all is well. */
export interface FakePrepared {
  readonly error: string
  readonly devices: readonly {
    readonly requests: readonly string[]
    readonly pool: string
    readonly device: string
    readonly cdiDevices: readonly string[]
  }[]
}

export interface FakeDraKubelet {
  info(): Promise<{
    readonly type: string
    readonly name: string
    readonly endpoint: string
    readonly versions: readonly string[]
  }>
  /** Reports the registration; an error: it failed. */
  notify(error?: string): Promise<void>
  prepare(...claims: readonly FakeClaim[]): Promise<Readonly<Record<string, FakePrepared>>>
  /** The errors by the uids of the claims. */
  unprepare(...claims: readonly FakeClaim[]): Promise<Readonly<Record<string, string>>>
  close(): void
}

const registration = '/pluginregistration.Registration'
const dra = '/k8s.io.kubelet.pkg.apis.dra.v1.DRAPlugin'
const same = (bytes: Buffer): Buffer => bytes

export function dialDraDriver(folder: string, socket: string): FakeDraKubelet {
  const client = new Client(`unix:${join(folder, socket)}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  })
  const call = (method: string, request: Buffer): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(method, same, same, request, (error, response) =>
        error === null ? resolve(response ?? message()) : reject(error),
      )
    })
  const claimsIn = async (method: string, claims: readonly FakeClaim[]) => {
    const request = message(
      ...claims.map(
        ({ namespace, uid, name }) => [1, message([1, namespace], [2, uid], [3, name])] as const,
      ),
    )
    const response = await call(`${dra}/${method}`, request)
    return messagesOf(response, 1).map(
      (entry) => [textsOf(entry, 1)[0] ?? '', messagesOf(entry, 2)[0] ?? message()] as const,
    )
  }
  return {
    async info() {
      const info = await call(`${registration}/GetInfo`, message())
      const [type = '', name = '', endpoint = ''] = [1, 2, 3].map((id) => textsOf(info, id)[0])
      return { type, name, endpoint, versions: textsOf(info, 4) }
    },
    async notify(error) {
      const status = error === undefined ? message([1, 1]) : message([2, error])
      await call(`${registration}/NotifyRegistrationStatus`, status)
    },
    async prepare(...claims) {
      const prepared = await claimsIn('NodePrepareResources', claims)
      return Object.fromEntries(prepared.map(([uid, claim]) => [uid, readPrepared(claim)]))
    },
    async unprepare(...claims) {
      const answered = await claimsIn('NodeUnprepareResources', claims)
      return Object.fromEntries(
        answered.map(([uid, claim]) => [uid, String(fieldsOf(claim).get(1)?.[0] ?? '')]),
      )
    },
    close: () => client.close(),
  }
}

function readPrepared(claim: Buffer): FakePrepared {
  return {
    error: textsOf(claim, 2)[0] ?? '',
    devices: messagesOf(claim, 1).map((device) => ({
      requests: textsOf(device, 1),
      pool: textsOf(device, 2)[0] ?? '',
      device: textsOf(device, 3)[0] ?? '',
      cdiDevices: textsOf(device, 4),
    })),
  }
}
