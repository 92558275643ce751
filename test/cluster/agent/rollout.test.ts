import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { run } from '../../peers/run.js'
import { hasNoCluster, isMissing } from '../programs.js'
import type { AgentWorld } from './agent-world.js'
import { useAgentCluster } from './use-agent-cluster.js'

const main = join(fileURLToPath(new URL('../../..', import.meta.url)), 'dist/cli/main.js')

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'a rollout over nodes of a real cluster',
  () => {
    const cluster = useAgentCluster()
    const worlds: AgentWorld[] = []

    const rollout = (...args: readonly string[]): ReturnType<typeof run> =>
      run(process.execPath, [
        main,
        'rollout',
        `--kubeconfig=${cluster.plane().kubeconfig}`,
        ...args,
      ])

    test('a rollout over five nodes stops at the one whose GPU has no such profile, and leaves the rest as they were', async () => {
      const specs = ['a100-40gb +mig', 'a100-40gb +mig', 'a30 +mig', 'a100-40gb', 'a100-40gb']
      for (const [index, spec] of specs.entries()) {
        const world = await cluster.createWorld(`roll-${index + 1}`, spec)
        worlds.push(world)
        await world.start()
      }
      const shown = await rollout('-c', 'halves', '--dry-run')
      expect(shown.stdout).toMatch(/^roll-1\s+next$/m)
      expect(shown.stdout).toMatch(/^roll-5\s+todo$/m)

      const { status, stdout } = await rollout('-c', 'halves')
      expect(status).toBe(1)
      expect(stdout).toMatch(/^roll-3\s+failed\s+.*3g\.20gb/m)
      expect(stdout).toMatch(/2 of 5 nodes are done/)
      for (const world of worlds.slice(0, 2)) {
        await world.untilState('success', 'halves')
        expect((await world.layout()).size).toBe(2)
        expect(await world.allocatable('nvidia.com/mig-3g.20gb')).toBe('2')
      }
      for (const world of worlds.slice(3)) {
        expect(await world.label('nvidia.com/mig.config')).toBeUndefined()
        expect((await world.layout()).size).toBe(0)
      }

      // The failed node is taken out, and the rollout goes on where it was.
      const { node } = worlds[2] as AgentWorld
      await cluster
        .admin()
        .merge(
          { apiVersion: 'v1', resource: 'nodes', name: node.name },
          { metadata: { labels: { 'nvidia.com/gpu.present': null } } },
        )
      const again = await rollout('-c', 'halves', '--max-unavailable=2')
      expect(again.status).toBe(0)
      expect(again.stdout).toMatch(/4 of 4 nodes are done/)
    })
  },
)
