import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import type { ControlPlane } from './control-plane.js'
import { writeKubeconfig } from './kubeconfig.js'

/**
 * What becomes of one request.
 * - `pass`: the API server answers.
 * - `hang`: nobody answers, and the connection stays.
 * - `cut`: the connection ends without an answer.
 * - `half`: the API server's answer breaks off after its first bytes.
 * - `lost`: the API server has done it, and its answer does not arrive. The function is called in between.
 * - An answer of the proxy's own.
 */
export type Fate =
  | 'pass'
  | 'hang'
  | 'cut'
  | 'half'
  | { readonly lost: () => void }
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: object }

/** A proxy before the API server, on which a test decides what becomes of each request. */
export interface FaultProxy {
  readonly url: string
  /** Decides; at first, every request passes. */
  decide(
    fate: (request: { readonly method: string; readonly url: URL }) => Fate | Promise<Fate>,
  ): void
  /** Sees the answers of the API server. */
  watchAnswers(see: (answer: IncomingMessage) => void): void
  /** Ends all connections at once. */
  cut(): void
  /** Ends the watches. */
  cutWatches(): void
  /** From now on, connections that are open carry nothing more. */
  silence(): void
  /** A kubeconfig that leads through this proxy. */
  kubeconfig(token: { readonly token?: string; readonly tokenFile?: string }): string
  [Symbol.asyncDispose](): Promise<void>
}

let count = 0

export async function startFaultProxy(cluster: ControlPlane): Promise<FaultProxy> {
  let fateOf: Parameters<FaultProxy['decide']>[0] = () => 'pass'
  let seeAnswer: (answer: IncomingMessage) => void = () => {}
  const sockets = new Set<Socket>()
  const watches = new Set<ServerResponse>()
  const answers = new Set<IncomingMessage>()
  const ca = readFileSync(cluster.certificate)

  const forward = (
    from: IncomingMessage,
    to: ServerResponse,
    fate: 'pass' | 'half' | { readonly lost: () => void },
  ): void => {
    const target = new URL(from.url ?? '/', cluster.server)
    const { method, headers } = from
    if (target.searchParams.get('watch') === 'true') {
      watches.add(to)
      to.on('close', () => watches.delete(to))
    }
    const call = request(target, { method, headers, ca }, (answer) => {
      seeAnswer(answer)
      if (typeof fate === 'object') {
        fate.lost()
        answer.destroy()
        to.destroy()
        return
      }
      answers.add(answer)
      to.writeHead(answer.statusCode ?? 502, answer.headers)
      to.flushHeaders()
      answer.on('close', () => answers.delete(answer))
      answer.on('error', () => to.destroy())
      answer.on('aborted', () => to.destroy())
      if (fate === 'half')
        answer.once('data', (chunk: Buffer) => {
          to.write(chunk.subarray(0, chunk.length / 2), () => to.destroy())
          answer.destroy()
        })
      else answer.pipe(to)
    })
    call.on('error', () => to.destroy())
    to.on('close', () => call.destroy())
    from.pipe(call)
  }

  const server = createServer(async (from, to) => {
    const url = new URL(from.url ?? '/', cluster.server)
    const fate = await fateOf({ method: from.method ?? '', url })
    if (fate === 'pass' || fate === 'half') forward(from, to, fate)
    else if (typeof fate === 'object' && 'lost' in fate) forward(from, to, fate)
    else if (fate === 'cut') from.socket.destroy()
    else if (fate !== 'hang') {
      to.writeHead(fate.status, { 'content-type': 'application/json', ...fate.headers })
      const body = fate.body ?? { kind: 'Status', status: 'Failure', code: fate.status }
      to.end(`${JSON.stringify(body)}\n`)
    }
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url,
    decide(fate) {
      fateOf = fate
    },
    watchAnswers(see) {
      seeAnswer = see
    },
    cut,
    cutWatches() {
      for (const watch of watches) watch.destroy()
    },
    silence() {
      for (const answer of answers) answer.unpipe()
    },
    kubeconfig: (token) =>
      writeKubeconfig(join(cluster.folder, `proxy-${++count}.kubeconfig`), {
        server: url,
        ...token,
      }),
    async [Symbol.asyncDispose]() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
