import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../peers/run.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { installAgentAccount } from '../harness/node-agent.js'
import { startProgram } from '../harness/program.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing } from '../programs.js'
import { type AgentWorld, createAgentWorld } from './agent-world.js'
import {
  cliMain,
  createWaitingPod,
  expectNothingLost,
  rebalanceRecordOf,
  untilPublished,
  untilRunning,
} from './rebalance-world.js'
import { installRebalancer } from './rebalancer-account.js'

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'a rebalancer in a real cluster',
  () => {
    let cluster: ControlPlane
    let kubeconfig: string
    const worlds: AgentWorld[] = []
    beforeAll(async () => {
      cluster = await startControlPlane()
      await installAgentAccount(cluster)
      kubeconfig = await installRebalancer(cluster)
      for (const name of ['re-1', 're-2', 're-3']) {
        const world = await createAgentWorld(cluster, name, 'a100-40gb +mig')
        worlds.push(world)
        await world.start({ args: ['--layout-interval=1'] })
        await world.want(name === 're-3' ? 'small' : 'mixed')
        await world.untilState('success', name === 're-3' ? 'small' : 'mixed')
      }
      // A person hands two of them over, and keeps the third.
      for (const world of [first(), second()])
        await label(world, { 'mig-nvml/rebalance': 'true', 'nvidia.com/mig.strategy': 'mixed' })
      await label(person(), { 'nvidia.com/mig.strategy': 'mixed' })
    })
    afterAll(async () => {
      await Promise.all(worlds.map((world) => world[Symbol.asyncDispose]()))
      await cluster[Symbol.asyncDispose]()
    })

    const at = (index: number): AgentWorld => {
      const world = worlds[index]
      if (world === undefined) throw new Error(`no node ${index}`)
      return world
    }
    const first = (): AgentWorld => at(0)
    const second = (): AgentWorld => at(1)
    const person = (): AgentWorld => at(2)

    const label = (world: AgentWorld, labels: Readonly<Record<string, string>>) =>
      cluster.admin.merge(
        { apiVersion: 'v1', resource: 'nodes', name: world.node.name },
        { metadata: { labels } },
      )
    const rebalance = (...args: readonly string[]): ReturnType<typeof run> =>
      run(process.execPath, [
        cliMain,
        'rebalance',
        `--kubeconfig=${kubeconfig}`,
        '--namespace=gpu',
        ...args,
      ])
    test('pods that wait get their devices by the least change, and the pods that run keep theirs', async () => {
      await first().runPod('serve', 'nvidia.com/mig-3g.20gb')
      await second().runPod('batch', 'nvidia.com/mig-1g.5gb')
      await untilPublished(worlds)
      await createWaitingPod(cluster, 'train', 'nvidia.com/mig-2g.10gb')
      const before = await person().layout()
      const held = [first(), second()].map((world) => world.kubelet.held())

      const shown = await rebalance('--dry-run')
      expect(shown.status, shown.stderr).toBe(0)
      expect(shown.stdout).toMatch(/^re-[12] {2}next$/m)
      expect(shown.stdout).toMatch(/1 node changes: 1 of 1 pods fit, 0 wait/)
      expect(shown.stdout).toMatch(/node re-3: a person has chosen its configuration small/)
      expect(await rebalanceRecordOf(first())).toBeNull()

      const { status, stdout, stderr } = await rebalance()
      expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' })
      await untilRunning(cluster, 'train')
      expect(
        [first(), second()].map((world) =>
          world.kubelet.held().filter(({ pod }) => pod !== 'default/train'),
        ),
      ).toEqual(held)
      expectNothingLost(worlds)
      expect(await person().layout()).toEqual(before)
      expect(await person().label('nvidia.com/mig.config')).toBe('small')
    })

    test('a rebalancer that is killed in the middle is followed by one that ends what it began', async () => {
      await untilPublished(worlds)
      await createWaitingPod(cluster, 'large', 'nvidia.com/mig-2g.10gb')
      const program = startProgram({
        name: 'rebalancer',
        path: process.execPath,
        args: [cliMain, 'rebalance', `--kubeconfig=${kubeconfig}`, '--namespace=gpu'],
        logFile: join(cluster.folder, 'rebalancer.log'),
      })
      const changing = await until('a node to be changed', async () => {
        for (const world of worlds)
          if ((await rebalanceRecordOf(world))?.state === 'going') return world
        return null
      })
      await program.stop('SIGKILL')
      const since = (await rebalanceRecordOf(changing))?.since
      // The Lease of the killed one ends by itself.
      const { stdout } = await until('the Lease to be free', async () => {
        const ended = await rebalance()
        return ended.stderr.includes('MIG_REBALANCE_RUNNING') ? null : ended
      })
      await untilRunning(cluster, 'large')
      expect(await rebalanceRecordOf(changing), stdout).toMatchObject({ since, state: 'kept' })
      expectNothingLost(worlds)
    })

    test('the account of the rebalancer may change no taint, no cordon and no other label of a node', async () => {
      const kubectl = await import('../programs.js').then(({ pathOf }) => pathOf('kubectl'))
      const deny = async (patch: object) => {
        const args = [`--kubeconfig=${kubeconfig}`, 'patch', 'node', 're-1', '--type=merge']
        const { status, stderr } = await run(kubectl, [...args, '-p', JSON.stringify(patch)])
        return { status, stderr }
      }
      expect((await deny({ spec: { unschedulable: true } })).stderr).toMatch(
        /may not change taints or the cordon/,
      )
      expect((await deny({ metadata: { labels: { team: 'x' } } })).stderr).toMatch(
        /no label of a node but/,
      )
    })
  },
)
