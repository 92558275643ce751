import type { Client, requestCallback, ServiceError } from '@grpc/grpc-js'
import { abortedError, MigError } from '../../errors.js'
import type { LoadedGrpc } from './grpc.js'

/** The kubelet lists every pod of its node in one message; its own clients allow as much. */
const mostMessageBytes = 16 * 1024 * 1024

export interface CallLimits {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** A service that another process serves on a Unix socket. */
export interface SocketService {
  /** Calls a method with one request and one response. */
  call<Response>(method: string, request: object, limits: CallLimits): Promise<Response>
  close(): void
}

export function connectService(loaded: LoadedGrpc, service: string, socket: string): SocketService {
  const Service = loaded.service(service)
  const client = new Service(`unix:${socket}`, loaded.grpc.credentials.createInsecure(), {
    'grpc.max_receive_message_length': mostMessageBytes,
    // A kubelet that has restarted answers at the next call, not minutes later.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 500,
    'grpc.use_local_subchannel_pool': 1,
  })
  return {
    call: (method, request, limits) =>
      callOnce(loaded, { client, method, request, socket }, limits),
    close: () => client.close(),
  }
}

interface Call {
  readonly client: Client
  readonly method: string
  readonly request: object
  readonly socket: string
}

type Method = (
  request: object,
  options: { readonly deadline: number },
  done: requestCallback<unknown>,
) => { cancel(): void }

function callOnce<Response>(
  { grpc }: LoadedGrpc,
  { client, method, request, socket }: Call,
  { timeoutMs, signal }: CallLimits,
): Promise<Response> {
  const what = `the call ${method} to ${socket}`
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortedError(signal.reason, what))
    const start = Reflect.get(client, method) as Method
    const call = start.call(
      client,
      request,
      { deadline: Date.now() + timeoutMs },
      (error, value) => {
        signal?.removeEventListener('abort', stop)
        if (error === null) resolve(value as Response)
        else if (signal?.aborted) reject(abortedError(signal.reason, what))
        else reject(kubeletError(grpc, error, { socket, timeoutMs }))
      },
    )
    const stop = (): void => call.cancel()
    signal?.addEventListener('abort', stop, { once: true })
  })
}

function kubeletError(
  { status }: LoadedGrpc['grpc'],
  error: ServiceError,
  { socket, timeoutMs }: { readonly socket: string; readonly timeoutMs: number },
): MigError {
  switch (error.code) {
    case status.DEADLINE_EXCEEDED:
      return unavailable(`the kubelet at ${socket} has not answered within ${timeoutMs} ms`, error)
    case status.UNAVAILABLE:
      return unavailable(`no kubelet answers at ${socket}: ${reasonIn(error.details)}`, error)
    default:
      return new MigError(
        'MIG_KUBELET_REFUSED',
        `the kubelet at ${socket} refuses the call: ${error.details}`,
        { cause: error },
      )
  }
}

/** Without what the package for gRPC says around the system's own words. */
function reasonIn(details: string): string {
  return details
    .replace(/^No connection established\. Last error: (?:Error: )?/, '')
    .replace(/\.?\s*Resolution note:.*$/, '')
}

function unavailable(message: string, cause: Error): MigError {
  return new MigError('MIG_KUBELET_UNAVAILABLE', message, {
    cause,
    hint: 'the kubelet may be restarting; in a container, its folder of the host must be mounted',
  })
}
