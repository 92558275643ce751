import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectKubelet } from '../../../lib/agent/kubelet/connect-kubelet.js'
import { heldDevices } from '../../../lib/kubernetes.js'
import type { ConnectKubeletOptions } from '../../../types/kubernetes/kubelet.js'
import { reasonOf, rejectionOf } from '../../support/errors.js'
import { message, serveSocket } from '../../support/socket-service.js'

const service = 'v1.PodResourcesLister'
let folder: string
let socket: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pod-resources-'))
  socket = join(folder, 'kubelet.sock')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

// The numbers of the fields are those of k8s.io/kubelet, pkg/apis/podresources/v1/api.proto.
const devices = (resource: string, ids: readonly string[], ...nodes: readonly number[]): Buffer =>
  message(
    [1, resource],
    ...ids.map((id) => [2, id] as const),
    ...(nodes.length === 0
      ? []
      : [[3, message(...nodes.map((node) => [1, message([1, node])] as const))] as const]),
  )
const claim = message(
  [2, 'half-a-gpu'],
  [3, 'team'],
  [
    4,
    message(
      [1, message([1, 'k8s.gpu.nvidia.com/claim=abc-gpu-0-mig-3g20gb-9-4'])],
      [2, 'gpu.nvidia.com'],
      [3, 'node-1'],
      [4, 'gpu-0-mig-3g20gb-9-4'],
      // A field that this package does not know.
      [5, 'share'],
    ),
  ],
)
const train = message(
  [1, 'train-7'],
  [2, 'team'],
  [
    3,
    message(
      [1, 'main'],
      [2, devices('nvidia.com/mig-3g.20gb', ['MIG-2', 'MIG-1'], 0, 300)],
      [2, devices('example.com/fpga', ['f0'])],
      [3, 7],
      [5, claim],
    ),
  ],
)
const shared = message(
  [1, 'web'],
  [2, 'shop'],
  [3, message([1, 'a'], [2, devices('nvidia.com/gpu', ['GPU-9::0', 'GPU-9::3'])])],
  [3, message([1, 'b'])],
)

test('the kubelet client lists which container of which pod has which device and claim, in one order', async () => {
  await using _ = await serveSocket(socket, service, {
    List: () => message([1, train], [1, shared]),
  })
  using kubelet = await connectKubelet({ socket })
  const pods = await kubelet.listPods()
  expect(pods).toEqual([
    {
      namespace: 'team',
      name: 'train-7',
      containers: [
        {
          name: 'main',
          devices: [
            { resource: 'example.com/fpga', ids: ['f0'], numaNodes: [] },
            { resource: 'nvidia.com/mig-3g.20gb', ids: ['MIG-1', 'MIG-2'], numaNodes: [0, 300] },
          ],
          claims: [
            {
              namespace: 'team',
              name: 'half-a-gpu',
              devices: [
                {
                  driver: 'gpu.nvidia.com',
                  pool: 'node-1',
                  device: 'gpu-0-mig-3g20gb-9-4',
                  cdiDevices: ['k8s.gpu.nvidia.com/claim=abc-gpu-0-mig-3g20gb-9-4'],
                },
              ],
            },
          ],
        },
      ],
    },
    {
      namespace: 'shop',
      name: 'web',
      containers: [
        {
          name: 'a',
          devices: [{ resource: 'nvidia.com/gpu', ids: ['GPU-9::0', 'GPU-9::3'], numaNodes: [] }],
          claims: [],
        },
        { name: 'b', devices: [], claims: [] },
      ],
    },
  ])
  expect(heldDevices(pods)).toEqual([
    {
      namespace: 'team',
      pod: 'train-7',
      container: 'main',
      resource: 'nvidia.com/mig-3g.20gb',
      id: 'MIG-1',
    },
    {
      namespace: 'team',
      pod: 'train-7',
      container: 'main',
      resource: 'nvidia.com/mig-3g.20gb',
      id: 'MIG-2',
    },
    { namespace: 'shop', pod: 'web', container: 'a', resource: 'nvidia.com/gpu', id: 'GPU-9' },
  ])
})

test('the kubelet client asks for one pod by its name and namespace, and null says that there is none', async () => {
  const asked: Buffer[] = []
  await using _ = await serveSocket(socket, service, {
    Get: (request) => {
      asked.push(request)
      return asked.length === 1
        ? message([1, train])
        : new Error('pod gone in namespace team not found')
    },
  })
  using kubelet = await connectKubelet({ socket })
  expect(await kubelet.getPod({ namespace: 'team', name: 'train-7' })).toMatchObject({
    name: 'train-7',
  })
  expect(asked[0]).toEqual(message([1, 'train-7'], [2, 'team']))
  expect(await kubelet.getPod({ namespace: 'team', name: 'gone' })).toBeNull()
})

test('the kubelet client lists the devices that plugins offer', async () => {
  await using _ = await serveSocket(socket, service, {
    GetAllocatableResources: () => message([1, devices('nvidia.com/gpu', ['GPU-1'], 1)]),
  })
  using kubelet = await connectKubelet({ socket })
  expect(await kubelet.listAllocatable()).toEqual([
    { resource: 'nvidia.com/gpu', ids: ['GPU-1'], numaNodes: [1] },
  ])
})

test('a node without a kubelet is an error that says so, and a kubelet that comes later answers the next call', async () => {
  using kubelet = await connectKubelet({ socket })
  const error = await rejectionOf(kubelet.listPods())
  expect(error).toMatchObject({ code: 'MIG_KUBELET_UNAVAILABLE' })
  expect(error.message).toBe(`no kubelet answers at ${socket}: connect ENOENT ${socket}`)
  await using _ = await serveSocket(socket, service, { List: () => message() })
  await expect.poll(() => kubelet.listPods().catch(() => null), { timeout: 60_000 }).toEqual([])
})

test('the kubelet client finds a kubelet that has restarted', async () => {
  const first = await serveSocket(socket, service, { List: () => message([1, train]) })
  using kubelet = await connectKubelet({ socket })
  expect(await kubelet.listPods()).toHaveLength(1)
  first.close()
  await using _ = await serveSocket(socket, service, { List: () => message() })
  await expect.poll(() => kubelet.listPods().catch(() => null), { timeout: 60_000 }).toEqual([])
})

test('a kubelet that does not answer is given up at the time limit', async () => {
  await using _ = await serveSocket(socket, service, { List: () => null })
  using kubelet = await connectKubelet({ socket, timeoutMs: 50 })
  const error = await rejectionOf(kubelet.listPods())
  expect(error).toMatchObject({ code: 'MIG_KUBELET_UNAVAILABLE' })
  expect(String(error)).toMatch(/has not answered within 50 ms/)
})

test('a signal stops a call to the kubelet, before it and while it runs', async () => {
  const controller = new AbortController()
  await using _ = await serveSocket(socket, service, {
    List: () => {
      controller.abort(new Error('enough'))
      return null
    },
  })
  using kubelet = await connectKubelet({ socket })
  const { signal } = controller
  expect(await rejectionOf(kubelet.listPods({ signal }))).toMatchObject({ code: 'ABORT_ERR' })
  expect(await rejectionOf(kubelet.listPods({ signal }))).toMatchObject({ code: 'ABORT_ERR' })
})

test('a kubelet that refuses a call is an error with its words', async () => {
  await using _ = await serveSocket(socket, service, {
    List: () => new Error('too many requests'),
  })
  using kubelet = await connectKubelet({ socket })
  const error = await rejectionOf(kubelet.listPods())
  expect(error).toMatchObject({ code: 'MIG_KUBELET_REFUSED' })
  expect(String(error)).toContain('too many requests')
})

test.each([[{ socket: '' }], [{ timeoutMs: 0 }], [{ sockets: 'x' }]] as unknown as readonly [
  ConnectKubeletOptions,
][])('connectKubelet refuses %j', async (options) => {
  expect(await reasonOf(connectKubelet(options))).toBeInstanceOf(TypeError)
})

test.each([undefined, null, {}, Promise.resolve([]), [null], [{ name: 'web' }]])(
  'heldDevices names itself where %o is not what listPods resolves to',
  (pods) => {
    expect(() => heldDevices(pods as never)).toThrow(/^heldDevices: option pods/)
  },
)
