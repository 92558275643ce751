import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectCluster } from '../../../lib/agent/client/connect.js'
import { readMigState } from '../../../lib/index.js'
import { resourceSlices } from '../../../lib/kubernetes.js'
import type { ClusterClient } from '../../../types/kubernetes/cluster-client.js'
import type { ResourceSlice } from '../../../types/kubernetes/dra/objects.js'
import { output, run } from '../../peers/run.js'
import { rejectionOf } from '../../support/errors.js'
import { divide } from '../../support/machine-root.js'
import { createRootedMachine, type RootedMachine } from '../../support/rooted-machine.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { type RunningProgram, startProgram } from '../harness/program.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing, pathOf } from '../programs.js'
import { chart, driver, root } from './chart-values.js'
import {
  helm,
  installChart,
  kubeconfigOf,
  namespace,
  permissionsOf,
  podsOfSet,
} from './installed.js'

const slices = { apiVersion: 'resource.k8s.io/v1', resource: 'resourceslices' }
const nvidia = 'gpu.nvidia.com'

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'the DRA driver of the chart',
  () => {
    let cluster: ControlPlane
    let rooted: RootedMachine
    let kubeconfig: string
    let client: ClusterClient
    let program: RunningProgram | undefined

    beforeAll(async () => {
      rooted = createRootedMachine('A100-SXM4-40GB +mig', { store: true })
      cluster = await startControlPlane()
      await installChart(cluster, ...driver)
      const pod = (await podsOfSet(cluster, 'mig-nvml-dra-driver')).get('node-1')
      if (pod === undefined) throw new Error('no driver on node-1')
      kubeconfig = await kubeconfigOf(cluster, pod)
      client = await connectCluster({ kubeconfig })
      // The API server reads a new admission policy after some moments.
      await until('the policy', async () => {
        const error = await client.create(slices, sliceOf({ node: 'node-2' })).then(
          async () => {
            await cluster.admin.remove({ ...slices, name: 'slice' })
            return null
          },
          (error: unknown) => String(error),
        )
        return error?.includes('may not change slices of node') === true
      })
    })
    afterAll(async () => {
      await program?.stop()
      await cluster?.[Symbol.asyncDispose]()
      rooted?.[Symbol.dispose]()
    })

    /** A slice with one device, as somebody with a stolen token would write it. */
    function sliceOf({
      node,
      pool = node,
      driver: name = nvidia,
    }: {
      readonly node: string
      readonly pool?: string
      readonly driver?: string
    }): ResourceSlice & Record<string, unknown> {
      const device = { name: 'gpu-0', attributes: {}, capacity: {} }
      return {
        apiVersion: 'resource.k8s.io/v1',
        kind: 'ResourceSlice',
        metadata: { name: 'slice' },
        spec: {
          driver: name,
          nodeName: node,
          pool: { name: pool, generation: 1000, resourceSliceCount: 1 },
          devices: [device],
        },
      }
    }

    async function published(node: string): Promise<readonly string[]> {
      const { items } = await cluster.admin.list(slices, { fieldSelector: `spec.nodeName=${node}` })
      return (items as unknown as readonly ResourceSlice[])
        .flatMap(({ spec: { devices = [] } }) => devices.map(({ name }) => name))
        .sort()
    }

    test('publishes the devices of its node with its own account, and follows their change', async () => {
      await divide(rooted.machine, { 0: { '3g.20gb': 1, '1g.5gb': 1 } })
      const folder = join(rooted.folder, 'plugins')
      mkdirSync(folder)
      program = startProgram({
        name: 'dra-driver',
        path: process.execPath,
        args: [
          ...[join(root, 'dist/cli/main.js'), 'dra-driver', '--node-name=node-1'],
          ...['--interval-ms=50', `--kubeconfig=${kubeconfig}`, `--kubelet-dir=${folder}`],
          `--cdi-file=${join(rooted.folder, 'cdi.json')}`,
        ],
        env: { ...process.env, ...rooted.machine.env, MIG_NVML_ROOT: rooted.root },
        logFile: join(rooted.folder, 'dra-driver.log'),
      })
      const untilPublished = (...names: readonly string[]): Promise<unknown> =>
        until(`the slices to have ${names.join(', ')}`, async () => {
          const now = await published('node-1')
          return now.join() === names.join()
        }).catch((error: unknown) => {
          throw new Error(`${String(error)}\n${program?.log()}`, { cause: error })
        })
      await untilPublished('gpu-0-mig-1g5gb-19-0', 'gpu-0-mig-3g20gb-9-4')
      await divide(rooted.machine, { 0: { '7g.40gb': 1 } })
      await untilPublished('gpu-0-mig-7g40gb-0-0')
      // Its slices go, too.
      await divide(rooted.machine, { 0: {} })
      await untilPublished()
      await divide(rooted.machine, { 0: { '7g.40gb': 1 } })
      await untilPublished('gpu-0-mig-7g40gb-0-0')
    })

    test.each([
      ['a slice of another node', { node: 'node-2' }, 'may not change slices of node "node-2"'],
      [
        'a slice of its node in the pool of another one',
        { node: 'node-1', pool: 'node-2' },
        'may not publish in the pool of another node',
      ],
      [
        'a slice of another driver',
        { node: 'node-1', driver: 'net.a.test' },
        'may not change slices of other drivers',
      ],
    ])('is refused %s', async (_, slice, message) => {
      const error = await rejectionOf(client.create(slices, sliceOf(slice)))
      expect(error.message).toContain(message)
    })

    test('can neither change nor remove the slices of another node', async () => {
      const [slice] = resourceSlices(await readMigState({ library: rooted.machine.library }), {
        node: 'node-2',
        partitions: 'existing',
      })
      if (slice === undefined) throw new Error('no slice')
      await cluster.admin.create(slices, { ...slice })
      const object = { ...slices, name: slice.metadata.name }
      const pool = { ...slice.spec.pool, generation: 7 }
      const change = client.merge(object, { spec: { pool } })
      expect((await rejectionOf(change)).message).toContain(
        'may not change slices of node "node-2"',
      )
      const removal = client.remove(object)
      expect((await rejectionOf(removal)).message).toContain(
        'may not change slices of node "node-2"',
      )
      const fields = { ...slice, spec: { ...slice.spec, pool } }
      const taken = client.apply(object, fields, { fieldManager: 'mig-nvml', force: true })
      expect((await rejectionOf(taken)).message).toContain('may not change slices of node "node-2"')
      expect(await published('node-2')).toEqual(['gpu-0-mig-7g40gb-0-0'])
    })

    test('has these permissions and no others', async () => {
      expect(await permissionsOf(cluster, 'mig-dra-driver', 'default')).toEqual([
        'nodes [get list watch]',
        'resourceclaims.resource.k8s.io [get]',
        'resourceslices.resource.k8s.io [list watch create patch delete]',
      ])
      // The agent only reads what the node advertises.
      expect(await permissionsOf(cluster, 'mig', 'kube-system')).toContain(
        'resourceslices.resource.k8s.io [list]',
      )
    })

    test('brings objects that the API server accepts to the last field', async () => {
      const text = await output(pathOf('helm'), [
        ...['template', 'other', chart, '--namespace=default', ...driver],
      ])
      const { status, stderr } = await run(
        pathOf('kubectl'),
        [
          `--kubeconfig=${cluster.kubeconfig}`,
          ...['apply', '--dry-run=server', '--validate=strict', '-f', '-'],
        ],
        { input: text },
      )
      expect(status, stderr).toBe(0)
    })

    test('is gone without a trace after helm uninstall', async () => {
      await program?.stop()
      await helm(cluster, 'uninstall', 'mig', `--namespace=${namespace}`, '--wait')
      const left = await output(pathOf('kubectl'), [
        `--kubeconfig=${cluster.kubeconfig}`,
        'get',
        'clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings,deviceclasses,daemonsets,serviceaccounts',
        '--all-namespaces',
        '--selector=app.kubernetes.io/instance=mig',
        '-o=name',
      ])
      expect(left).toBe('')
    })
  },
)
