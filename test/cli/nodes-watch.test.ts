import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { formatNodeLayout, nodeLayout } from '../../lib/kubernetes.js'
import { stateOf } from '../support/state.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-nodes-watch-'))
const kubeconfig = join(folder, 'config')
let version = 1
let node = nodeWith('3g.20gb@0')
const watches = new Set<ServerResponse>()
/** How many of the next requests fail. */
let failing = 0
const server = createServer((request, response) => {
  if (failing > 0) {
    failing -= 1
    response.writeHead(503).end('{}')
  } else if (request.url?.includes('watch=true')) {
    watches.add(response)
    response.on('close', () => watches.delete(response))
    response.writeHead(200).flushHeaders()
  } else
    response.end(JSON.stringify({ metadata: { resourceVersion: String(version) }, items: [node] }))
})
const children: ChildProcess[] = []

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: address, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'here',
    }),
  )
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  node = nodeWith('3g.20gb@0')
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A node with one instance on its GPU, and whatever else its kubelet reports. */
function nodeWith(instance: string, status: object = {}): object {
  const state = stateOf([{ key: 'A100-SXM4-40GB', instances: [instance] }])
  const layout = nodeLayout({ state, pods: [], held: [], processes: [], run: 0, now: Date.now() })
  version += 1
  const annotations = { 'mig-nvml/layout': formatNodeLayout(layout) }
  const metadata = { name: 'gpu-1', resourceVersion: String(version), annotations }
  return { apiVersion: 'v1', kind: 'Node', metadata, status }
}

/** All who watch see the node change. */
function change(to: object): void {
  node = to
  for (const watch of watches) watch.write(`${JSON.stringify({ type: 'MODIFIED', object: to })}\n`)
}

interface Watching {
  readonly child: ChildProcess
  readonly out: () => string
  readonly err: () => string
  /** Until it has written this. */
  until(stream: 'out' | 'err', text: RegExp): Promise<void>
}

function follow(child: ChildProcess): Watching {
  children.push(child)
  const texts = { out: '', err: '' }
  const streams = { out: child.stdout as Readable, err: child.stderr as Readable }
  for (const name of ['out', 'err'] as const)
    streams[name].on('data', (chunk) => {
      texts[name] += chunk
    })
  return {
    child,
    out: () => texts.out,
    err: () => texts.err,
    async until(name, text) {
      while (!text.test(texts[name])) await once(streams[name], 'data')
    },
  }
}

const watch = (): Watching =>
  follow(spawn(process.execPath, [cli, 'nodes', '--watch', `--kubeconfig=${kubeconfig}`]))

/** How often all has been printed. */
const pictures = (text: string): number => text.match(/^gpu-1 /gm)?.length ?? 0

async function untilConnected(count = 1): Promise<void> {
  while (watches.size < count) await once(server, 'request')
}

describe('mig-nvml nodes --watch', () => {
  test('prints all with the time, again after a change of what is shown, and nothing for a heartbeat', async () => {
    const watching = watch()
    await watching.until('out', /free: 1x 3g\.20gb\n/)
    await untilConnected()
    change(nodeWith('3g.20gb@0', { images: [] }))
    change(nodeWith('1g.5gb@0'))
    await watching.until('out', /free: 1x 1g\.5gb\n/)
    expect(pictures(watching.out())).toBe(2)
    expect(watching.out()).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z\ngpu-1 /)
    expect(watching.err()).toBe('')
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 on %s', async (signal) => {
    const watching = watch()
    await watching.until('out', /free: 1x 3g\.20gb\n/)
    const ended = once(watching.child, 'exit')
    watching.child.kill(signal)
    expect(await ended).toEqual([0, null])
    expect(watching.out()).toMatch(/\n$/)
    expect(watching.err()).toBe('')
  })

  test('leaves a terminal as it was after Ctrl-C', async () => {
    const command = `'${process.execPath}' '${cli}' nodes --watch '--kubeconfig=${kubeconfig}'`
    // The shell goes on after a Ctrl-C that ends the program.
    const script = `trap : INT; stty -g; ${command}; echo "status $?"; stty -g`
    const watching = follow(spawn('script', ['-qefc', script, '/dev/null']))
    await watching.until('out', /free:.*3g\.20gb/)
    watching.child.stdin?.write('\u0003')
    await once(watching.child, 'exit')
    const lines = watching.out().trim().split(/\r?\n/)
    // A terminal echoes the keys.
    expect(lines.at(-2)).toMatch(/^(?:\^C)?status 0$/)
    expect(lines[0]).toMatch(/^[\da-f:]{20,}$/)
    expect(lines.at(-1)).toBe(lines[0])
    // Colours only, and the last one is taken back: no other screen, no hidden cursor.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what the test looks for
    const commands = watching.out().match(/\u001b(?:\[[\d;?]*[A-Za-z]|.)/g) ?? []
    expect(commands.filter((text) => !text.endsWith('m'))).toEqual([])
    expect(commands.at(-1) ?? '\u001b[0m').toMatch(/\[(?:0|39|49|22)?m$/)
  })

  test('says that the connection is lost, and that it is back, and shows what has changed meanwhile', async () => {
    const watching = watch()
    await watching.until('out', /free: 1x 3g\.20gb\n/)
    await untilConnected()
    for (const response of watches) response.destroy()
    watches.clear()
    await watching.until('err', /^watch nodes: the connection broke: .*; trying again\n$/)
    await untilConnected()
    change(nodeWith('2g.10gb@0'))
    await watching.until('out', /free: 1x 2g\.10gb\n/)
    expect(watching.err()).toMatch(/; trying again\nthe cluster answers again\n$/)
    expect(pictures(watching.out())).toBe(2)
  })

  test('says once why the connection is lost, however often it tries again', async () => {
    const watching = watch()
    await watching.until('out', /free: 1x 3g\.20gb\n/)
    await untilConnected()
    failing = 3
    for (const response of watches) response.destroy()
    watches.clear()
    await watching.until('err', /the cluster answers again\n$/)
    expect(failing).toBe(0)
    const said = watching.err().trimEnd().split('\n')
    expect(said.filter((line) => line.includes('503'))).toHaveLength(1)
    expect(new Set(said).size).toBe(said.length)
  })

  test('ends with 0 when its reader is gone, even if nothing changes', async () => {
    const watching = watch()
    await watching.until('out', /free: 1x 3g\.20gb\n/)
    const ended = once(watching.child, 'exit')
    watching.child.stdout?.destroy()
    expect(await ended).toEqual([0, null])
  })
})
