import http, { type IncomingMessage } from 'node:http'
import https, { type RequestOptions } from 'node:https'

/** An HTTP request whose answer has begun: status and headers are there, the body is yet to come. */
export function beginCall(
  url: URL,
  options: RequestOptions,
  body: string | null,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { request } = url.protocol === 'http:' ? http : https
  return new Promise((resolve, reject) => {
    const call = request(url, { ...options, signal }, resolve)
    call.on('error', reject)
    call.end(body ?? undefined)
  })
}

/** The whole body of an answer as text. It rejects when the connection ends before the body does. */
export async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** A signal that is aborted with another one, or when the time is up. */
export interface CallLimit extends Disposable {
  readonly signal: AbortSignal
  /** The time was up. */
  expired(): boolean
  /** Counts the time anew. */
  restart(): void
}

/** Listens to the outer signal only while the call runs, since that signal may live as long as the process. */
export function limitCall(outer: AbortSignal | undefined, ms: number): CallLimit {
  const controller = new AbortController()
  let late = false
  const end = (): void => {
    late = true
    controller.abort()
  }
  const stop = (): void => controller.abort(outer?.reason)
  if (outer?.aborted === true) stop()
  outer?.addEventListener('abort', stop)
  const timer = setTimeout(end, ms)
  return {
    signal: controller.signal,
    expired: () => late,
    restart: () => void timer.refresh(),
    [Symbol.dispose]() {
      clearTimeout(timer)
      outer?.removeEventListener('abort', stop)
    },
  }
}
