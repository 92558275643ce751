import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { output } from '../../peers/run.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing } from '../programs.js'
import { type AgentWorld, podsOf } from './agent-world.js'
import { useAgentCluster } from './use-agent-cluster.js'

const cannotMount = process.getuid?.() !== 0

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl') || cannotMount)(
  'a mode that takes a reboot, in a real cluster',
  () => {
    const cluster = useAgentCluster()
    let world: AgentWorld
    let host: Host
    beforeAll(async () => {
      world = await cluster.createWorld('node-1', 'a100-40gb')
      host = await createHost(world.node.folder)
    })

    test('the node is drained, reboots once, and has its layout afterwards', async () => {
      const { machine } = world.node
      machine.setResetPolicy('refused')
      await cluster.admin().create(podsOf, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'bystander' },
        spec: { containers: [{ name: 'main', image: 'none' }] },
      })
      const start = (): Promise<unknown> =>
        world.start({
          args: ['--with-reboot', `--host-root-mount=${host.root}`],
          under: host.under,
        })
      await start()
      await world.want('halves')
      await until('the reboot to be asked for', () => host.reboots() > 0)
      expect(await world.label('nvidia.com/mig.config.state')).toBe('rebooting')
      expect((await cluster.admin().list(podsOf)).items).toEqual([])
      expect(await world.taints()).toHaveLength(1)

      await world.agent().stop('SIGKILL')
      machine.reboot()
      host.boot()
      await start()
      const { history } = await world.untilState('success', 'halves')
      expect(history[0]?.evicted).toEqual(['default/bystander'])
      expect([...(await world.layout()).keys()]).toEqual([
        '3g.20gb at 0 on GPU 0',
        '3g.20gb at 4 on GPU 0',
      ])
      expect(host.reboots()).toBe(1)
      expect(await world.taints()).toEqual([])
    })
  },
)

/** The host of an agent: a root folder whose systemctl only counts, and a boot id of its own. */
interface Host {
  readonly root: string
  /** Runs an agent in a mount namespace with this boot id. */
  readonly under: readonly string[]
  reboots(): number
  /** Another boot begins. */
  boot(): void
}

async function createHost(folder: string): Promise<Host> {
  const root = join(folder, 'host')
  const [bootId, count] = [join(folder, 'boot-id'), join(root, 'reboots')]
  mkdirSync(join(root, 'bin'), { recursive: true })
  const busybox = (await output('sh', ['-c', 'command -v busybox'])).trim()
  copyFileSync(busybox, join(root, 'bin/busybox'))
  symlinkSync('busybox', join(root, 'bin/sh'))
  writeFileSync(join(root, 'bin/systemctl'), '#!/bin/sh\necho "$@" >> /reboots\n', { mode: 0o755 })
  writeFileSync(count, '')
  let boots = 0
  const boot = (): void => {
    boots++
    writeFileSync(bootId, `00000000-0000-0000-0000-00000000000${boots}\n`)
  }
  boot()
  const script = 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"'
  return {
    root,
    under: ['unshare', '--mount', 'sh', '-c', script, bootId],
    reboots: () =>
      readFileSync(count, 'utf8')
        .split('\n')
        .filter((line) => line === 'reboot').length,
    boot,
  }
}
