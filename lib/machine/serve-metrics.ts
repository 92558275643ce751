import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP, isIPv4 } from 'node:net'
import type { MetricsServer, ServeMetricsOptions } from '../../types/machine/metrics.js'
import { abortedError, MigError, toError } from '../errors.js'
import { createMetricsReader } from './metrics.js'

const contentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Any user of this computer can connect, so a connection costs little and does not last. */
const limits = { headersTimeout: 5000, requestTimeout: 5000, keepAliveTimeout: 5000 }
const mostConnections = 32

export async function serveMigMetrics({
  address,
  ...options
}: ServeMetricsOptions): Promise<MetricsServer> {
  const { signal } = options
  if (signal?.aborted) throw abortedError(signal.reason, 'the server of metrics')
  const { host, port } = readAddress(address)
  const read = createMetricsReader(options)
  const server = createServer(limits, (request, response) => void answer(request, response, read))
  server.maxConnections = mostConnections
  await listen(server, host, port)

  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= closeServer(server)
    return closing
  }
  signal?.addEventListener('abort', () => void close(), { once: true })
  const { port: own } = server.address() as AddressInfo
  return { url: `http://${inUrl(host)}:${own}/metrics`, close, [Symbol.asyncDispose]: close }
}

async function answer(
  { method = '', url = '', headers }: IncomingMessage,
  response: ServerResponse,
  read: () => Promise<{ readonly text: string }>,
): Promise<void> {
  // A page in a browser that has given its own name this address asks for that name.
  if (!isOwnName(headers.host)) return refuse(response, 403)
  if (url.split('?')[0] !== '/metrics') return refuse(response, 404)
  if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405)
  try {
    const { text } = await read()
    response.writeHead(200, { 'content-type': contentType }).end(text)
  } catch {
    refuse(response, 500)
  }
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status).end()
}

function isOwnName(host: string | undefined): boolean {
  return host !== undefined && loopbackOf(host.replace(/:\d*$/, '')) !== null
}

/** Throws `MIG_LISTEN_FAILED` for an address from which another computer could come. */
function readAddress(address: string): { readonly host: string; readonly port: number } {
  const [, name = '', digits = ''] = /^(.*):(\d{1,5})$/.exec(address) ?? []
  const port = Number(digits)
  if (digits === '' || port > 65535)
    throw listenFailed(address, 'it is not of the form 127.0.0.1:9400')
  const host = loopbackOf(name)
  if (host === null)
    throw listenFailed(address, 'only loopback addresses are accepted: 127.0.0.1, [::1], localhost')
  return { host, port }
}

/** The address that a name stands for. Null: it is not a loopback address. */
function loopbackOf(name: string): string | null {
  if (name.toLowerCase() === 'localhost') return '127.0.0.1'
  if (isIPv4(name)) return name.startsWith('127.') ? name : null
  const [, inside = ''] = /^\[(.*)\]$/.exec(name) ?? []
  return isIP(inside) === 6 && new URL(`http://${name}`).hostname === '[::1]' ? '::1' : null
}

function inUrl(host: string): string {
  return isIPv4(host) ? host : `[${host}]`
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    server.listen({ host, port })
    await once(server, 'listening')
  } catch (error) {
    throw listenFailed(`${inUrl(host)}:${port}`, toError(error).message, error)
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

function listenFailed(address: string, reason: string, cause?: unknown): MigError {
  return new MigError(
    'MIG_LISTEN_FAILED',
    `cannot serve metrics at ${JSON.stringify(address)}: ${reason}`,
    {
      ...(cause === undefined ? {} : { cause }),
      hint: 'a reverse proxy with authentication, or node_exporter with a file, brings metrics to other computers',
    },
  )
}
