import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ResourceSlice } from '../../../types/kubernetes/dra/objects.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { installAgentAccount } from '../harness/node-agent.js'
import { type RunningProgram, startProgram } from '../harness/program.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing } from '../programs.js'
import { type AgentWorld, createAgentWorld, eventsOf } from './agent-world.js'

const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const advertiser = '--dra-driver=gpu.nvidia.com'

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'an agent beside the DRA driver of its node, in a real cluster',
  () => {
    let cluster: ControlPlane
    let world: AgentWorld
    let driver: RunningProgram | undefined
    let serial = 0
    beforeAll(async () => {
      cluster = await startControlPlane()
      await installAgentAccount(cluster, '--set=agent.draDriver=gpu.nvidia.com')
    })
    afterEach(async () => {
      await driver?.stop()
      driver = undefined
      await world[Symbol.asyncDispose]()
    })
    afterAll(() => cluster[Symbol.asyncDispose]())

    function startDriver(): void {
      const { node } = world
      const folder = join(node.folder, 'plugins')
      mkdirSync(folder)
      driver = startProgram({
        name: `dra-driver of ${node.name}`,
        path: process.execPath,
        args: [
          ...[cli, 'dra-driver', `--node-name=${node.name}`, '--interval-ms=50'],
          ...[`--kubeconfig=${cluster.kubeconfig}`, `--kubelet-dir=${folder}`],
          `--cdi-file=${join(node.folder, 'cdi.json')}`,
        ],
        env: { ...process.env, ...node.machine.env, MIG_NVML_ROOT: node.root },
        logFile: join(node.folder, 'dra-driver.log'),
      })
    }

    async function published(): Promise<readonly string[]> {
      const { items } = await cluster.admin.list(
        { apiVersion: 'resource.k8s.io/v1', resource: 'resourceslices' },
        { fieldSelector: `spec.nodeName=${world.node.name}` },
      )
      return (items as unknown as readonly ResourceSlice[])
        .flatMap(({ spec: { devices = [] } }) => devices.map(({ name }) => name))
        .sort()
    }

    test('succeeds when the slices are as the new layout, and says on the node what they lack until then', async () => {
      world = await createAgentWorld(cluster, `sliced-${++serial}`, 'a100-40gb', false)
      await world.start({ advertiser })
      await world.want('halves')
      const halves = ['gpu-0-mig-3g20gb-9-0', 'gpu-0-mig-3g20gb-9-4']
      const reason = `the driver gpu.nvidia.com publishes no resource slice of the node, and it has ${halves.join(', ')}`
      await until('the reason', async () => (await world.record())?.reason === reason)
      await until('the event', async () =>
        (await eventsOf(cluster.admin, world.node.name)).includes(reason),
      )
      startDriver()
      await world.untilState('success', 'halves')
      expect(await published()).toEqual(halves)
      await world.want('mixed')
      const { plan } = await world.untilState('success', 'mixed')
      expect(await published()).toEqual([...(plan?.devices ?? [])].sort())
      expect(plan?.devices).toHaveLength(4)
      expect(await world.taints()).toEqual([])
    })

    test('brings the layout before back where the driver publishes nothing new in time', async () => {
      world = await createAgentWorld(cluster, `sliced-${++serial}`, 'a100-40gb', false)
      await world.start({ advertiser, args: ['--await-timeout=3'] })
      startDriver()
      await world.want('halves')
      await world.untilState('success', 'halves')
      driver?.pause()
      await world.want('small')
      const { reason } = await world.untilState('failed', 'small')
      expect(reason).toContain('still have gpu-0-mig-3g20gb-9-0, gpu-0-mig-3g20gb-9-4 of before')
      expect([...(await world.layout()).keys()]).toEqual([
        '3g.20gb at 0 on GPU 0',
        '3g.20gb at 4 on GPU 0',
      ])
      expect(await world.taints()).toEqual([])
      driver?.resume()
    })
  },
)
