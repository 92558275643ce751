import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DriverOptions } from '../../../types/machine/options.js'
import { MigError, toError } from '../../errors.js'
import { createMetricsReader } from '../../machine/metrics.js'
import type { AgentMetrics } from './agent-metrics.js'

const contentType = 'text/plain; version=0.0.4; charset=utf-8'
const limits = { headersTimeout: 5000, requestTimeout: 5000, keepAliveTimeout: 5000 }
const mostConnections = 32

export interface AgentServer {
  /** `http://0.0.0.0:9402` */
  readonly url: string
  close(): Promise<void>
}

/**
 * Serves `/metrics` (the agent and its machine), `/healthz` (the process answers) and `/readyz` (it has read its node). Prometheus
 * and the kubelet come from other addresses, so any may be listened on; nothing here is a secret or a change.
 */
export async function serveAgent(
  address: string,
  metrics: AgentMetrics,
  driver: DriverOptions,
): Promise<AgentServer> {
  const { host, port } = readAddress(address)
  const readMachine = createMetricsReader(driver)
  async function answer(path: string, response: ServerResponse): Promise<void> {
    if (path === '/healthz') return end(response, 200, 'ok\n')
    if (path === '/readyz')
      return metrics.isReady()
        ? end(response, 200, 'ok\n')
        : end(response, 503, 'the node has not been read yet\n')
    if (path !== '/metrics') return end(response, 404, '')
    // A driver that cannot be read is in its text.
    const machine = await readMachine().then(
      ({ text }) => text,
      () => '',
    )
    end(response, 200, `${metrics.text()}${machine}`)
  }
  const server = createServer(limits, ({ method, url = '' }, response) => {
    if (method !== 'GET' && method !== 'HEAD') end(response, 405, '')
    else void answer(url.split('?')[0] ?? '', response)
  })
  server.maxConnections = mostConnections
  try {
    server.listen({ host, port })
    await once(server, 'listening')
  } catch (error) {
    throw listenFailed(address, toError(error).message, error)
  }
  const { port: own } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${own}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': contentType }).end(text)
}

/** `:9402` is every address. */
function readAddress(address: string): { readonly host: string; readonly port: number } {
  const [, name = '', digits = ''] = /^(.*):(\d{1,5})$/.exec(address) ?? []
  const port = Number(digits)
  if (digits === '' || port > 65535)
    throw listenFailed(address, 'it is not of the form 0.0.0.0:9402')
  const host = /^\[(.*)\]$/.exec(name)?.[1] ?? name
  return { host: host === '' ? '0.0.0.0' : host, port }
}

function listenFailed(address: string, reason: string, cause?: unknown): MigError {
  return new MigError(
    'MIG_LISTEN_FAILED',
    `cannot serve metrics at ${JSON.stringify(address)}: ${reason}`,
    cause === undefined ? {} : { cause },
  )
}
