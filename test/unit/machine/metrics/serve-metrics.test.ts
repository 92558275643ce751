import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { serveMigMetrics } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { MetricsServer } from '../../../../types/machine/metrics.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { untilCalled } from '../../../support/calls.js'
import { rejectionOf } from '../../../support/errors.js'
import { promtoolFindings, singleValue, valuesBy } from '../../../support/prometheus-text.js'

async function served(
  address = '127.0.0.1:0',
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<{ readonly machine: SimulatedMachine; readonly server: MetricsServer }> {
  const machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  const server = await serveMigMetrics({ library: machine.library, address, ...options })
  onTestFinished(async () => {
    await server.close()
    machine.close()
  })
  return { machine, server }
}

interface Answer {
  readonly status: number | undefined
  readonly type: string | undefined
  readonly body: string
}

async function ask(
  url: string,
  options: { readonly method?: string; readonly host?: string; readonly path?: string } = {},
): Promise<Answer> {
  const { method = 'GET', host, path = '/metrics' } = options
  const asking = request(new URL(path, url), {
    method,
    agent: false,
    ...(host === undefined ? {} : { headers: { host } }),
  })
  asking.end()
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  return {
    status: response.statusCode,
    type: response.headers['content-type'],
    body: await readText(response),
  }
}

test('the server answers with metrics that Prometheus accepts, each time of the machine as it is', async () => {
  const { machine, server } = await served()
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
  const { status, type, body } = await ask(server.url)
  expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  expect(promtoolFindings(body) ?? '').toBe('')
  expect(Object.keys(valuesBy(body, 'mig_gpu_info', 'index'))).toEqual(['0', '1'])
  machine.loseGpu(1)
  const { body: later } = await ask(server.url)
  expect(Object.keys(valuesBy(later, 'mig_gpu_info', 'index'))).toEqual(['0'])
})

test.each(['localhost:0', '127.9.9.9:0'])('the server listens at %s', async (address) => {
  const { server } = await served(address)
  expect((await ask(server.url)).status).toBe(200)
})

test('the server listens at the loopback address of IPv6', async (context) => {
  const probe = createServer()
  probe.listen(0, '::1')
  const hasIpv6 = await once(probe, 'listening').then(
    () => true,
    () => false,
  )
  probe.close()
  if (!hasIpv6) return context.skip('SKIPPED: this computer has no IPv6')
  const { server } = await served('[::1]:0')
  expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+\/metrics$/)
  expect((await ask(server.url)).status).toBe(200)
})

test.each([
  '0.0.0.0:9400',
  '[::]:9400',
  '10.1.2.3:9400',
  'example.com:9400',
  '128.0.0.1:9400',
  '127.0.0.1.example.com:9400',
  '127.1:9400',
  '2130706433:9400',
  '[::ffff:127.0.0.1]:9400',
  '[fe80::1]:9400',
  '::1:9400',
  ':9400',
])('the address %s is refused, because another computer could come from it', async (address) => {
  const { code, message } = await rejectionOf(serveMigMetrics({ address }))
  expect(code).toBe('MIG_LISTEN_FAILED')
  expect(message).toContain('loopback')
})

test.each(['127.0.0.1', '127.0.0.1:', '127.0.0.1:99999', '127.0.0.1:-1', '127.0.0.1:80x', ''])(
  'the address %j is refused, because it has no port',
  async (address) => {
    const { code, message } = await rejectionOf(serveMigMetrics({ address }))
    expect(code).toBe('MIG_LISTEN_FAILED')
    expect(message).toContain('127.0.0.1:9400')
  },
)

test('an address in use is a typed error', async () => {
  const { server } = await served()
  const { host } = new URL(server.url)
  const { code, cause } = await rejectionOf(serveMigMetrics({ address: host }))
  expect(code).toBe('MIG_LISTEN_FAILED')
  expect(cause).toMatchObject({ code: 'EADDRINUSE' })
})

test('a page that gives its own name this address gets nothing, as DNS rebinding would have it', async () => {
  const { machine, server } = await served()
  const answers = await Promise.all(
    ['evil.example', 'evil.example:9400', '127.0.0.1.evil.example'].map((host) =>
      ask(server.url, { host }),
    ),
  )
  for (const { status, body } of answers) expect([status, body]).toEqual([403, ''])
  expect(machine.callCounts().total).toBe(0)
  expect((await ask(server.url, { host: 'localhost:1234' })).status).toBe(200)
})

test('other paths and methods read nothing', async () => {
  const { machine, server } = await served()
  expect((await ask(server.url, { path: '/' })).status).toBe(404)
  expect((await ask(server.url, { path: '/metrics/x' })).status).toBe(404)
  expect((await ask(server.url, { method: 'POST' })).status).toBe(405)
  expect(machine.callCounts().total).toBe(0)
  const { status, body } = await ask(server.url, { method: 'HEAD', path: '/metrics?a=b' })
  expect([status, body]).toEqual([200, ''])
})

test('requests share one read of a driver that does not answer, and get the code TIMEOUT', async () => {
  const { machine, server } = await served('127.0.0.1:0', { timeoutMs: 1 })
  machine.fail({ fn: 'nvmlInit_v2', hangMs: 1000 })
  const first = ask(server.url)
  await untilCalled(machine, 'nvmlInit_v2')
  const answers = await Promise.all([first, ...Array.from({ length: 5 }, () => ask(server.url))])
  for (const { status, body } of answers) {
    expect(status).toBe(200)
    expect(singleValue(body, 'mig_up')).toBe(0)
    expect(valuesBy(body, 'mig_read_failure', 'code')).toEqual({ TIMEOUT: 1 })
  }
  expect(machine.callCounts().byFunction['nvmlInit_v2']).toBe(1)
})

test('an abort of the signal closes the server', async () => {
  const stop = new AbortController()
  const { server } = await served('127.0.0.1:0', { signal: stop.signal })
  stop.abort()
  await server.close()
  await expect(ask(server.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('a server that is closed while a request waits for the driver cuts it off', async () => {
  const { machine, server } = await served()
  machine.fail({ fn: 'nvmlInit_v2', hangMs: 1000 })
  const asking = ask(server.url).catch((error: unknown) => error)
  await untilCalled(machine, 'nvmlInit_v2')
  await server.close()
  expect(await asking).toMatchObject({ code: 'ECONNRESET' })
})

test('wrong options are a TypeError', async () => {
  await expect(serveMigMetrics({} as never)).rejects.toThrow(TypeError)
  await expect(serveMigMetrics({ address: 9400 } as never)).rejects.toThrow(/address/)
})
