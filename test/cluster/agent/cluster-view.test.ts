import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { readNodeLayout } from '../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { NodeLayout } from '../../../types/kubernetes/node-layout.js'
import { run } from '../../peers/run.js'
import { startProgram } from '../harness/program.js'
import { phaseOf } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing, pathOf } from '../programs.js'
import { type AgentWorld, createBudget, podsOf } from './agent-world.js'
import { useAgentCluster } from './use-agent-cluster.js'

const cli = join(fileURLToPath(new URL('../../..', import.meta.url)), 'dist/cli')

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'what the cluster shows of its nodes',
  () => {
    const cluster = useAgentCluster()
    let first: AgentWorld
    let second: AgentWorld
    beforeAll(async () => {
      first = await cluster.createWorld('view-1', 'a100-40gb +mig')
      second = await cluster.createWorld('view-2', 'a100-40gb +mig')
      for (const world of [first, second]) {
        await world.start({ args: ['--layout-interval=1'] })
        await world.want('halves')
        await world.untilState('success', 'halves')
      }
    })

    const layoutOf = async (world: AgentWorld): Promise<NodeLayout | null> => {
      const text = (await world.object()).metadata.annotations?.['mig-nvml/layout']
      return text === undefined ? null : readNodeLayout(text)
    }
    /** As after `npm install -g`: kubectl finds the plugin by its name. */
    const withPlugin = (): NodeJS.ProcessEnv => {
      const bin = join(cluster.plane().folder, 'bin')
      mkdirSync(bin, { recursive: true })
      const plugin = join(bin, 'kubectl-mig')
      try {
        symlinkSync(join(cli, 'kubectl-mig.js'), plugin)
        chmodSync(plugin, 0o755)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const PATH = [bin, dirname(process.execPath), process.env['PATH']].join(delimiter)
      return { ...process.env, PATH, KUBECONFIG: cluster.plane().kubeconfig }
    }
    const mig = (...args: readonly string[]): ReturnType<typeof run> =>
      run(pathOf('kubectl'), ['mig', ...args], { env: withPlugin() })

    test('an agent with the permissions of the chart publishes its layout, with the pod on a device', async () => {
      await first.runPod('train', 'nvidia.com/mig-3g.20gb')
      const layout: NodeLayout = await until('the pod to be in the layout', async () => {
        const now = await layoutOf(first)
        return now?.holders.length ? now : null
      })
      expect(layout.run).toBe((await first.record())?.run)
      expect(layout.holders.map(({ pods }) => pods)).toEqual([
        [{ namespace: 'default', name: 'train' }],
      ])
      expect(layout.state.gpus[0]?.gpuInstances?.map(({ profileName }) => profileName)).toEqual([
        '3g.20gb',
        '3g.20gb',
      ])
    })

    test('kubectl mig draws both nodes, the pod on its device, and the sums', async () => {
      const { status, stdout, stderr } = await mig()
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(stdout).toMatch(/^view-1 {2}ready, halves: success$/m)
      expect(stdout).toMatch(/^GPU 0 at [04] {2}3g\.20gb {2}default\/train\b/m)
      expect(stdout).toMatch(/^2 nodes, 2 GPUs$/m)
      expect(stdout).toMatch(/^3g\.20gb +1 +3 +0$/m)
    })

    test('kubectl mig takes the names of nodes, selectors, a context and a format as kubectl does', async () => {
      const named = await mig('view-2', '-o', 'json')
      expect(JSON.parse(named.stdout).nodes).toMatchObject([
        { name: 'view-2', free: { '3g.20gb': 2 }, used: {} },
      ])
      const selected = await mig('-l', 'kubernetes.io/hostname=view-1')
      expect(selected.stdout).toMatch(/^view-1 /m)
      expect(selected.stdout).not.toMatch(/^view-2 /m)
      const wrong = await mig('--context', 'of-nobody')
      expect(wrong.status).toBe(1)
      expect(wrong.stderr).toMatch(/there is no context of-nobody/)
    })

    test('kubectl mig --watch shows a pod that comes, says when the API server dies and when it is back, and ends with 0', async () => {
      const { apiserver, folder, ready } = cluster.plane()
      const watch = startProgram({
        name: 'kubectl mig',
        path: pathOf('kubectl'),
        args: ['mig', '--watch'],
        logFile: join(folder, 'watch.log'),
        env: withPlugin(),
      })
      const untilShown = (text: string): Promise<unknown> =>
        until(`"${text}" on the screen`, () => watch.log().includes(text))
      await untilShown('view-2')
      await second.runPod('watched', 'nvidia.com/mig-3g.20gb')
      await untilShown('default/watched')
      await apiserver.stop('SIGKILL')
      await untilShown('; trying again')
      apiserver.start()
      await ready()
      await untilShown('the cluster answers again')
      await cluster.admin().remove({ ...podsOf, name: 'watched' })
      await watch.stop('SIGTERM')
      expect(watch.ended()).toBe('kubectl mig ended with 0')
    })

    test('kubectl mig of an account that may not list nodes says so in one sentence', async () => {
      const file = join(cluster.plane().folder, 'nobody.kubeconfig')
      const { stdout } = await run(pathOf('kubectl'), [
        `--kubeconfig=${cluster.plane().kubeconfig}`,
        'config',
        'view',
        '--raw',
        '--flatten',
        '-o',
        'json',
      ])
      const config = JSON.parse(stdout)
      config.users = config.users.map(({ name }: { name: string }) => ({
        name,
        user: { token: 'x' },
      }))
      writeFileSync(file, JSON.stringify(config))
      const { status, stderr } = await mig(`--kubeconfig=${file}`)
      expect(status).toBe(1)
      expect(stderr).toMatch(/MIG_CLUSTER_FORBIDDEN: list nodes/)
    })

    test('a rollout with --drain evicts every pod of a node but those of DaemonSets, and leaves no taint', async () => {
      const admin = cluster.admin()
      await admin.create(podsOf, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'plain' },
        spec: { nodeName: 'view-1', containers: [{ name: 'main', image: 'none' }] },
      })
      await createDaemonSet()
      await until('both pods to run', async () => {
        const { items } = await admin.list(podsOf, { fieldSelector: 'spec.nodeName=view-1' })
        const running = items.filter((pod) => phaseOf(pod) === 'Running')
        return (
          running.some(isOfDaemonSet) && running.some(({ metadata }) => metadata.name === 'plain')
        )
      })
      const before = await first.taints()
      const { status, stdout, stderr } = await run(process.execPath, [
        join(cli, 'main.js'),
        'rollout',
        `--kubeconfig=${cluster.plane().kubeconfig}`,
        '--selector=kubernetes.io/hostname=view-1',
        '--config=small',
        '--drain',
      ])
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(stdout).toMatch(/^view-1 +draining/m)
      expect(stdout).toMatch(/1 of 1 nodes are done/)
      expect((await first.layout()).size).toBe(7)
      const { items } = await admin.list(podsOf, { fieldSelector: 'spec.nodeName=view-1' })
      expect(items.map(isOfDaemonSet)).toEqual([true])
      expect(await first.taints()).toEqual(before)
    })

    test('a drain that a budget forbids is given up after its time, and leaves the node and its pods as they were', async () => {
      const admin = cluster.admin()
      await second.runPod('guarded', 'nvidia.com/mig-3g.20gb')
      await createBudget(admin, 'guarded', 1)
      const before = await second.taints()
      const { status, stdout } = await run(process.execPath, [
        join(cli, 'main.js'),
        'rollout',
        `--kubeconfig=${cluster.plane().kubeconfig}`,
        '--selector=kubernetes.io/hostname=view-2',
        '--config=small',
        '--drain',
        '--drain-timeout=5',
      ])
      expect(status).toBe(1)
      expect(stdout).toMatch(/default\/guarded; its PodDisruptionBudget allows no eviction/)
      expect(stdout).toMatch(/^view-2 +failed +it could not be emptied within 5 s/m)
      expect(phaseOf(await admin.get({ ...podsOf, name: 'guarded' }))).toBe('Running')
      expect(await second.label('nvidia.com/mig.config')).toBe('halves')
      expect(await second.taints()).toEqual(before)
    })

    /** One that tolerates the taints of others no more than the GPU Operator's. */
    async function createDaemonSet(): Promise<void> {
      const labels = { app: 'of-the-node' }
      await cluster.admin().create(
        { apiVersion: 'apps/v1', resource: 'daemonsets', namespace: 'default' },
        {
          apiVersion: 'apps/v1',
          kind: 'DaemonSet',
          metadata: { name: 'of-the-node' },
          spec: {
            selector: { matchLabels: labels },
            template: {
              metadata: { labels },
              spec: {
                nodeSelector: { 'kubernetes.io/hostname': 'view-1' },
                containers: [{ name: 'main', image: 'none' }],
              },
            },
          },
        },
      )
    }

    const isOfDaemonSet = ({ metadata }: ClusterObject): boolean =>
      metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet') === true
  },
)
