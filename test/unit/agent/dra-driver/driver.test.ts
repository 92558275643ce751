import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connectCluster } from '../../../../lib/agent/client/connect.js'
import { startDraDriver } from '../../../../lib/agent/dra-driver/start-driver.js'
import { listMigDevices, readMigState } from '../../../../lib/index.js'
import type { ResourceSlice } from '../../../../types/kubernetes/dra/objects.js'
import type { DraDriverOptions } from '../../../../types/kubernetes/dra-driver.js'
import { createDraNode, type DraNode, draSocket, patience } from '../../../support/dra-node.js'
import { reasonOf, rejectionOf } from '../../../support/errors.js'
import type { FakeClaim, FakeDraKubelet } from '../../../support/fake-dra-kubelet.js'
import { type HttpCluster, startHttpCluster } from '../../../support/http-cluster.js'
import { writeTestKubeconfig } from '../../../support/kube-config.js'
import { divide } from '../../../support/machine-root.js'
import { message, serveSocket } from '../../../support/socket-service.js'

const slicesAt = '/apis/resource.k8s.io/v1/resourceslices'
const claimsAt = '/apis/resource.k8s.io/v1/namespaces/team-a/resourceclaims'

/** A node whose driver speaks to its API server over HTTP. */
interface Node extends Pick<DraNode, 'rooted' | 'folder' | 'specFile' | 'events' | 'start'> {
  readonly cluster: HttpCluster
  dial(): FakeDraKubelet
  /** All devices that the cluster has of the node, by name: their UUIDs. */
  published(): Readonly<Record<string, string>>
  /** A claim to which the scheduler has given these. */
  claim(name: string, ...results: readonly object[]): FakeClaim
}

async function createNode(spec: string): Promise<Node> {
  const cluster = await startHttpCluster()
  onTestFinished(() => cluster[Symbol.asyncDispose]())
  cluster.put('/api/v1/nodes/node-1', { metadata: {} })
  const { kubelet, start, ...node } = createDraNode(spec)
  const kubeconfig = writeTestKubeconfig(join(node.rooted.folder, 'kubeconfig'), cluster.server)
  return {
    ...node,
    cluster,
    start: async (options) =>
      start({ cluster: await connectCluster({ kubeconfig }), checkMs: 50, ...options }),
    dial: kubelet,
    published() {
      const slices = [...cluster.objects]
        .filter(([path]) => path.startsWith(slicesAt))
        .map(([, object]) => object['spec'] as ResourceSlice['spec'])
      const devices = slices.flatMap((each) => each.devices ?? [])
      return Object.fromEntries(
        devices.map(({ name, attributes }) => [
          name,
          String(Reflect.get(Object(attributes?.['uuid']), 'string')),
        ]),
      )
    },
    claim(name, ...results) {
      const devices = { results: results.map((result) => ({ ...known, ...result })) }
      const object = { metadata: { namespace: 'team-a' }, status: { allocation: { devices } } }
      const { uid = '' } = cluster.put(`${claimsAt}/${name}`, object).metadata
      return { namespace: 'team-a', name, uid }
    },
  }
}

const known = { driver: 'gpu.nvidia.com', pool: 'node-1' }

const uuidsNow = async ({ rooted }: Node): Promise<readonly string[]> =>
  listMigDevices(await readMigState(rooted.options))
    .map(({ uuid }) => String(uuid))
    .sort()

async function expectPublished(node: Node): Promise<readonly string[]> {
  const wanted = await uuidsNow(node)
  await expect.poll(() => Object.values(node.published()).sort(), patience).toEqual(wanted)
  return Object.keys(node.published()).sort()
}

async function divided(): Promise<Node> {
  const node = await createNode('A100-SXM4-40GB +mig')
  await divide(node.rooted.machine, { 0: { '1g.5gb': 2 } })
  return node
}

test('the kubelet gets the kind, the name and the version of the driver, and its answer is an event', async () => {
  const node = await divided()
  await node.start()
  const kubelet = node.dial()
  expect(await kubelet.info()).toEqual({
    type: 'DRAPlugin',
    name: 'gpu.nvidia.com',
    endpoint: '',
    versions: ['v1.DRAPlugin'],
  })
  await kubelet.notify()
  expect(node.events).toContainEqual({ kind: 'registered' })
  await kubelet.notify('no such version')
  const waits = node.events.filter(({ kind }) => kind === 'waiting')
  expect(String(Reflect.get(Object(waits[0]), 'error'))).toContain('no such version')
})

test('a claim gets the devices that the scheduler chose of this node and driver, each with its request', async () => {
  const node = await divided()
  await node.start()
  const [first = '', second = ''] = await expectPublished(node)
  const published = node.published()
  const both = node.claim(
    'both',
    { request: 'small', device: first },
    { request: 'either/second', device: second },
    { request: 'small', device: first, pool: 'node-2' },
    { request: 'small', device: first, driver: 'another.example.com' },
  )
  const one = node.claim('one', { request: 'gpu', device: second })
  const prepared = await node.dial().prepare(both, one)
  const given = (request: string, device: string): object => ({
    requests: [request],
    pool: 'node-1',
    device,
    cdiDevices: [`k8s.gpu.nvidia.com/device=${published[device]}`],
  })
  expect(prepared).toEqual({
    [both.uid]: { error: '', devices: [given('small', first), given('either', second)] },
    [one.uid]: { error: '', devices: [given('gpu', second)] },
  })
  const { kind, devices } = JSON.parse(readFileSync(node.specFile, 'utf8'))
  const names = devices.map(({ name }: { readonly name: string }) => `${kind}=${name}`)
  expect(names).toEqual(
    expect.arrayContaining(
      prepared[both.uid]?.devices.flatMap(({ cdiDevices }) => cdiDevices) ?? [],
    ),
  )
  expect(node.events).toContainEqual({ kind: 'prepared', claim: 'team-a/one', devices: [second] })
})

test('a claim that is gone, or another one of its name, is an error of that claim alone', async () => {
  const node = await divided()
  await node.start()
  const [first = ''] = await expectPublished(node)
  const good = node.claim('good', { request: 'gpu', device: first })
  const gone = { namespace: 'team-a', name: 'gone', uid: 'u-1' }
  const other = { ...good, uid: 'u-2' }
  const prepared = await node.dial().prepare(good, gone, other)
  expect(prepared[good.uid]).toMatchObject({ error: '', devices: [{ device: first }] })
  expect(prepared['u-1']).toEqual({ error: 'the claim team-a/gone is gone', devices: [] })
  expect(prepared['u-2']).toEqual({ error: 'the claim team-a/good is gone', devices: [] })
})

test('a claim is given back without an error, even one that nobody knows', async () => {
  const node = await divided()
  await node.start()
  const gone = { namespace: 'team-a', name: 'gone', uid: 'u-1' }
  expect(await node.dial().unprepare(gone, { ...gone, uid: 'u-2' })).toEqual({
    'u-1': '',
    'u-2': '',
  })
})

test('a changed layout is a new generation of the pool, and a device that is gone is given to no claim', async () => {
  const node = await divided()
  await node.start()
  const before = await expectPublished(node)
  await divide(node.rooted.machine, { 0: { '1g.5gb': 2, '3g.20gb': 1 } })
  await expectPublished(node)
  const generations = (): readonly unknown[] =>
    node.events.flatMap((event) => (event.kind === 'published' ? [event.generation] : []))
  await expect.poll(() => generations().length, patience).toBeGreaterThan(1)
  expect(generations()).toEqual(generations().map((_, index) => index + 1))
  await divide(node.rooted.machine, { 0: { '3g.20gb': 1 } })
  const claim = node.claim('late', { request: 'gpu', device: before[0] })
  const prepared = await node.dial().prepare(claim)
  expect(prepared[claim.uid]).toEqual({
    error: `the node has no device ${before[0]} any more: its layout has changed`,
    devices: [],
  })
})

/** So many looks at the machine later. */
async function looks({ rooted: { machine } }: Node, count: number): Promise<void> {
  const reads = (): number => machine.callCounts().total
  for (let look = 0; look < count; look++) {
    const before = reads()
    await expect.poll(reads, patience).toBeGreaterThan(before)
  }
}

/** What the driver asks the API server while it looks at the machine so many times. */
async function askedInLooks(node: Node): Promise<number> {
  const before = node.cluster.requests.length
  await looks(node, 20)
  return node.cluster.requests.length - before
}

/** Until the driver has seen what it has written itself. */
async function untilRest(node: Node): Promise<void> {
  await expect.poll(() => node.cluster.watches(), patience).toBe(2)
  await expect.poll(() => askedInLooks(node), patience).toBe(0)
}

test('slices that a kubelet removes at its start are published again, and a driver at rest asks nothing', async () => {
  const node = await divided()
  await node.start({ checkMs: 600_000 })
  await expectPublished(node)
  await expect.poll(() => node.cluster.watches(), patience).toBe(2)
  await expect.poll(() => node.events.at(-1)?.kind, patience).toBe('published')
  for (const path of [...node.cluster.objects.keys()])
    if (path.startsWith(slicesAt)) node.cluster.drop(path)
  await expectPublished(node)
  await expect
    .poll(() => node.events.filter(({ kind }) => kind === 'published').length, patience)
    .toBe(2)
  await untilRest(node)
  // What a kubelet writes about its node is no reason to ask.
  const status = { conditions: [{ type: 'Ready' }] }
  node.cluster.put('/api/v1/nodes/node-1', { metadata: {}, status })
  expect(await askedInLooks(node)).toBe(0)
})

test('a driver that may not watch its slices looks after them from time to time', async () => {
  const node = await divided()
  node.cluster.decide = ({ path, query }) =>
    path === slicesAt && query.get('watch') === 'true'
      ? { status: 403, body: { kind: 'Status', message: 'no right to watch' } }
      : 'pass'
  await node.start()
  await expectPublished(node)
  for (const path of [...node.cluster.objects.keys()])
    if (path.startsWith(slicesAt)) node.cluster.drop(path)
  await expectPublished(node)
})

test('a driver whose watches break sees what has changed meanwhile', async () => {
  const node = await divided()
  await node.start({ checkMs: 600_000 })
  await expectPublished(node)
  await untilRest(node)
  let isAway = true
  node.cluster.decide = () => (isAway ? 'cut' : 'pass')
  node.cluster.cutWatches()
  await expect.poll(() => node.cluster.watches(), patience).toBe(0)
  for (const path of [...node.cluster.objects.keys()])
    if (path.startsWith(slicesAt)) node.cluster.drop(path)
  isAway = false
  await expectPublished(node)
})

test('an API server that does not answer is waited for, and its reason is reported once', async () => {
  const node = await divided()
  node.cluster.decide = () => 'cut'
  await node.start()
  await expect.poll(() => node.cluster.requests.length, patience).toBeGreaterThan(3)
  node.cluster.decide = () => 'pass'
  await expectPublished(node)
  const waits = node.events.filter(({ kind }) => kind === 'waiting')
  expect(waits.length).toBeGreaterThan(0)
  const reasons = waits.map((event) => String(Reflect.get(event, 'error')))
  expect(new Set(reasons).size).toBe(reasons.length)
})

test('a node that the cluster does not have is reported', async () => {
  const node = await divided()
  await node.start({ node: 'node-9' })
  await expect.poll(() => node.events.some(({ kind }) => kind === 'waiting'), patience).toBe(true)
  const [event] = node.events.filter(({ kind }) => kind === 'waiting')
  expect(String(Reflect.get(Object(event), 'error'))).toContain('the cluster has no node node-9')
})

test('slices of another driver for this node end the driver, and stay as they are', async () => {
  const node = await divided()
  const spec = { driver: 'gpu.nvidia.com', nodeName: 'node-1', pool: { generation: 1 } }
  node.cluster.put(`${slicesAt}/theirs`, { metadata: {}, spec })
  const driver = await node.start()
  const error = await rejectionOf(driver.ended)
  expect(error.code).toBe('MIG_PLUGIN_RUNNING')
  expect(error.message).toContain('theirs')
  expect(node.cluster.objects.get(`${slicesAt}/theirs`)).toMatchObject({ spec })
  expect(existsSync(join(node.folder, draSocket))).toBe(false)
})

test('the driver does not run beside one of its name, and does beside others', async () => {
  const node = await divided()
  const serve = (name: string, type: string, driver: string) =>
    serveSocket(join(node.folder, name), 'pluginregistration.Registration', {
      GetInfo: () => message([1, type], [2, driver]),
    })
  await using _other = await serve('other-reg.sock', 'DRAPlugin', 'other.example.com')
  await using _csi = await serve('csi-reg.sock', 'CSIPlugin', 'gpu.nvidia.com')
  await using _broken = await serveSocket(join(node.folder, 'broken.sock'), 'another.Service', {
    Get: () => message(),
  })
  const driver = await node.start()
  await expectPublished(node)
  await driver.close()
  await using _same = await serve('same-reg.sock', 'DRAPlugin', 'gpu.nvidia.com')
  const error = await rejectionOf(node.start())
  expect(error.code).toBe('MIG_PLUGIN_RUNNING')
  expect(error.message).toContain('same-reg.sock')
})

test('a socket that something removes is opened again, and none is left at the end', async () => {
  const node = await divided()
  const driver = await node.start()
  await expectPublished(node)
  rmSync(join(node.folder, draSocket))
  await expect.poll(() => existsSync(join(node.folder, draSocket)), patience).toBe(true)
  const kubelet = node.dial()
  await expect.poll(() => kubelet.info().catch(() => null), patience).not.toBeNull()
  await driver.close()
  expect(existsSync(join(node.folder, draSocket))).toBe(false)
})

test.each([
  [{}],
  [{ node: 'node-1' }],
  [{ node: 'Node_1', cluster: {} }],
  [{ node: 'node-1', cluster: {}, driver: 'no name' }],
  [{ node: 'node-1', cluster: {}, ignoredXids: 'some' }],
  [{ node: 'node-1', cluster: {}, checkMs: -1 }],
] as unknown as readonly [DraDriverOptions][])('startDraDriver refuses %j', async (options) => {
  expect(await reasonOf(startDraDriver(options))).toBeInstanceOf(TypeError)
})
