import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { RequestOptions } from 'node:https'
import type {
  ClusterCallOptions,
  ConnectClusterOptions,
} from '../../../types/kubernetes/cluster-client.js'
import { abortedError, isMigError, toError } from '../../errors.js'
import { failedCall, unreachable } from './failures.js'
import { beginCall, type CallLimit, limitCall, readBody } from './http-call.js'
import { configError, type KubeConfig, loadKubeConfigClass, readKubeConfig } from './kube-config.js'

/** One call of the API. */
export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  /** For errors: `patch nodes node-1`. */
  readonly what: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly contentType?: string
  /** The body is a JSON patch with a test, whose failure is a conflict. */
  readonly tests?: boolean
}

/** The API server, by JSON over HTTP: typed models of a client would drop fields that it does not know. */
export interface ApiServer {
  call(call: ApiCall, options?: ClusterCallOptions): Promise<unknown>
  /** An answer without end: lines of JSON, until the server, the limit's signal or the connection ends it. */
  follow(call: ApiCall, limit: CallLimit): Promise<IncomingMessage>
}

/** Reads the configuration; no call is made yet. */
export async function openApiServer(options: ConnectClusterOptions): Promise<ApiServer> {
  const { timeoutMs: defaultMs = 30_000 } = options
  const KubeConfig = await loadKubeConfigClass()
  let config: KubeConfig | null = readKubeConfig(KubeConfig, options)

  async function begin(call: ApiCall, signal: AbortSignal): Promise<IncomingMessage> {
    // Read again after a failure: a token, a certificate or the address may have been renewed.
    config ??= readKubeConfig(KubeConfig, options)
    const url = urlOf(config, call)
    const body = call.body === undefined ? null : JSON.stringify(call.body)
    const request = await requestOptions(config, call, body)
    try {
      return await beginCall(url, request, body, signal)
    } catch (cause) {
      config = null
      throw unreachable(call.what, `${url.host} does not answer: ${toError(cause).message}`, cause)
    }
  }

  async function answer(call: ApiCall, limit: CallLimit): Promise<IncomingMessage> {
    let response = await begin(call, limit.signal)
    if (response.statusCode === 401) {
      response.resume()
      config = null
      response = await begin(call, limit.signal)
    }
    const { statusCode: status = 0, headers } = response
    if (status >= 200 && status < 300) return response
    const text = await readBody(response)
    if (status === 401) config = null
    throw failedCall(call.what, status, headers, text, call.tests)
  }

  return {
    async call(call, { signal, timeoutMs = defaultMs } = {}) {
      using limit = limitCall(signal, timeoutMs)
      try {
        const response = await answer(call, limit)
        return JSON.parse(await readBody(response)) as unknown
      } catch (error) {
        throw ended(error, call, limit, signal, timeoutMs)
      }
    },
    async follow(call, limit) {
      return answer(call, limit)
    },
  }
}

function ended(
  error: unknown,
  call: ApiCall,
  limit: CallLimit,
  signal: AbortSignal | undefined,
  timeoutMs: number,
): Error {
  if (signal?.aborted === true) return abortedError(signal.reason, call.what)
  if (limit.expired())
    return unreachable(call.what, `the API server has not answered within ${timeoutMs} ms`, error)
  if (isMigError(error)) return error
  return unreachable(call.what, `the answer is incomplete: ${toError(error).message}`, error)
}

function urlOf(config: KubeConfig, { path, query = {} }: ApiCall): URL {
  // The server of a kubeconfig may have a path of its own, before that of the API.
  const server = config.getCurrentCluster()?.server.replace(/\/+$/, '') ?? ''
  let url: URL
  try {
    url = new URL(`${server}${path}`)
  } catch (cause) {
    throw configError(`its server is no URL: ${server}`, cause)
  }
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value)
  return url
}

async function requestOptions(
  config: KubeConfig,
  call: ApiCall,
  body: string | null,
): Promise<RequestOptions> {
  const options: RequestOptions = { method: call.method, headers: {} }
  try {
    await config.applyToHTTPSOptions(options)
  } catch (cause) {
    throw configError(toError(cause).message, cause)
  }
  const headers = options.headers as OutgoingHttpHeaders
  headers['accept'] = 'application/json'
  headers['user-agent'] = 'mig-nvml'
  if (body !== null) {
    headers['content-type'] = call.contentType ?? 'application/json'
    // Without it, Node sends a body of DELETE in a way that servers do not read: preconditions would be lost.
    headers['content-length'] = Buffer.byteLength(body)
  }
  return options
}
