import { statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import type * as Grpc from '@grpc/grpc-js'
import { MigError, toError } from '../../errors.js'

/** A call with one request and one response. What rejects is its error, with the message. */
export function unary<Request, Response>(
  { status }: typeof Grpc,
  answer: (request: Request) => Promise<Response>,
): Grpc.handleUnaryCall<Request, Response> {
  return ({ request }, done) => {
    answer(request).then(
      (response) => done(null, response),
      (error: unknown) =>
        done({ code: status.FAILED_PRECONDITION, details: toError(error).message }),
    )
  }
}

/** The kubelet's own end of a stream can hang with it. */
const longestEndMs = 2000

/** Lets calls that are under way end. */
export function shutDown(server: Grpc.Server): Promise<void> {
  return new Promise<void>((resolve) => {
    const force = setTimeout(() => server.forceShutdown(), longestEndMs)
    server.tryShutdown(() => {
      clearTimeout(force)
      resolve()
    })
  })
}

export function listen(server: Grpc.Server, path: string, grpc: typeof Grpc): Promise<void> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`unix:${path}`, grpc.ServerCredentials.createInsecure(), (error) => {
      if (error === null) return resolve()
      reject(
        new MigError('MIG_LISTEN_FAILED', `cannot listen at ${path}: ${error.message}`, {
          cause: error,
          hint: "the folder is the kubelet's: run as root, and in a container mount it from the host",
        }),
      )
    })
  })
}

/** The socket of a plugin that was killed is in the way of the next. */
export async function removeStale(
  path: string,
  kind: 'device plugin' | 'DRA driver',
): Promise<void> {
  if (await isAnswered(path))
    throw new MigError('MIG_PLUGIN_RUNNING', `another ${kind} answers at ${path}`, {
      hint: `end it first: the kubelet takes one ${kind === 'DRA driver' ? 'driver of a name' : 'plugin for a resource'}`,
    })
  if (statSync(path, { throwIfNoEntry: false })?.isSocket()) await rm(path, { force: true })
}

/** Whether a process accepts connections on a Unix socket. */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}

/** Which file stands at a path. Null: none. An inode can be used again, so its times belong to it. */
export function identityOf(path: string): string | null {
  const status = statSync(path, { throwIfNoEntry: false, bigint: true })
  return status === undefined ? null : `${status.dev} ${status.ino} ${status.ctimeNs}`
}
