import { expect, test } from 'vitest'
import { applyMigConfig } from '../../../lib/index.js'
import { agentConfigs } from '../../support/agent-configs.js'
import {
  type AgentNodeWorld,
  createAgentNode,
  type RunningAgent,
} from '../../support/agent-node.js'

const labels = {
  'nvidia.com/gpu.deploy.device-plugin': 'true',
  'nvidia.com/mig.strategy': 'mixed',
}

/** A machine whose GPU changes its MIG mode only at a reboot, with pods that use no GPU. */
function withoutResets(): AgentNodeWorld {
  const world = createAgentNode('A100-SXM4-40GB', { labels, clients: ['device-plugin'] })
  world.machine.setResetPolicy('refused')
  world.addPod({ name: 'web' })
  world.addPod({ name: 'log', owner: 'DaemonSet' })
  world.writeConfig(agentConfigs)
  return world
}

/** The agent dies with the machine, and a new one starts in the new boot. */
function rebooting(world: AgentNodeWorld, boot: () => void): { readonly boots: () => number } {
  let boots = 1
  const ends: RunningAgent[] = []
  function start(): void {
    const bootId = `boot-${boots}`
    const agent = world.start({
      settings: { reboot: true },
      readBootId: () => bootId,
      async reboot() {
        boots += 1
        boot()
        void ends.pop()?.stop()
        start()
      },
    })
    ends.push(agent)
  }
  start()
  return { boots: () => boots }
}

test('a mode that takes a reboot gets one, after all pods but those of DaemonSets are gone', async () => {
  await using world = withoutResets()
  let podsAtReboot: readonly string[] = []
  let stateAtReboot: string | undefined
  const { boots } = rebooting(world, () => {
    podsAtReboot = world.podNames()
    stateAtReboot = world.label('nvidia.com/mig.config.state')
    world.machine.reboot()
  })
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.untilState('success')
  expect(boots()).toBe(2)
  expect(podsAtReboot).toEqual(['team-a/log'])
  expect(stateAtReboot).toBe('rebooting')
  expect(await world.layout()).toEqual(['GPU 0: 3g.20gb at 0', 'GPU 0: 3g.20gb at 4'])
  expect(world.node()['spec']).toEqual({ taints: [] })
  expect(world.label('nvidia.com/gpu.deploy.device-plugin')).toBe('true')
})

test('a reboot that does not bring the mode is not repeated', async () => {
  await using world = withoutResets()
  const { boots } = rebooting(world, () => {})
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.untilState('failed')
  expect(boots()).toBe(2)
  expect(world.record().reason).toMatch(/also after a reboot/)
  expect(world.record().retryAt).toBeNull()
  expect(world.node()['spec']).toEqual({ taints: [] })
})

test('a mode that takes a reboot fails without the permission for it, and nothing is left pending', async () => {
  await using world = withoutResets()
  world.start()
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.untilState('failed')
  expect(world.record().retryAt).toBeNull()
  expect((await world.state()).gpus[0]?.mig).toEqual({ enabled: false, pending: false })
  expect(world.podNames()).toContain('team-a/web')
  expect(world.node()['spec']).toEqual({ taints: [] })
})

/** Two GPUs; the configuration names the first one, whose mode takes a reboot. The second one has three parts at their places. */
async function withUnnamedGpu(): Promise<AgentNodeWorld> {
  const world = createAgentNode('A100-SXM4-40GB, A100-SXM4-40GB +mig')
  world.machine.setResetPolicy('refused')
  await applyMigConfig(
    { gpu: 1, migDevices: { '2g.10gb': 1, '3g.20gb': 1, '1g.5gb': 1 } },
    { library: world.machine.library },
  )
  world.writeConfig(
    `version: v1\nmig-configs:\n  first: [{devices: [0], mig-enabled: true, mig-devices: {7g.40gb: 1}}]\n  mode: [{devices: [0], mig-enabled: true, mig-devices: {}}]\n`,
  )
  return world
}

test.each(['first', 'mode'])(
  'a GPU that the configuration %s does not name has its layout of before again after the reboot of a run',
  async (config) => {
    await using world = await withUnnamedGpu()
    const before = (await world.layout()).filter((line) => line.startsWith('GPU 1'))
    expect(before).toHaveLength(3)
    const { boots } = rebooting(world, () => world.machine.reboot())
    world.setLabel('nvidia.com/mig.config', config)
    await world.untilState('success')
    expect(boots()).toBe(2)
    const after = await world.layout()
    expect(after.filter((line) => line.startsWith('GPU 1'))).toEqual(before)
    expect(after.filter((line) => line.startsWith('GPU 0'))).toEqual(
      config === 'first' ? ['GPU 0: 7g.40gb at 0'] : [],
    )
  },
)

test('a run that fails after its reboot brings back the layouts of all GPUs', async () => {
  await using world = await withUnnamedGpu()
  const before = await world.layout()
  rebooting(world, () => {
    world.machine.reboot()
    world.machine.fail({
      fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
      nth: 4,
      error: 'NVML_ERROR_UNKNOWN',
    })
  })
  world.setLabel('nvidia.com/mig.config', 'first')
  await world.untilState('failed', 1)
  expect((await world.layout()).filter((line) => line.startsWith('GPU 1'))).toEqual(before)
})

test('a reboot that nobody asked for leaves GPUs that the configuration does not name as they are', async () => {
  await using world = await withUnnamedGpu()
  world.machine.setResetPolicy('automatic')
  const first = world.start()
  world.setLabel('nvidia.com/mig.config', 'first')
  await world.untilState('success', 1)
  await first.stop()
  world.machine.reboot()
  world.start()
  await world.untilState('success', 2)
  expect(await world.layout()).toEqual(['GPU 0: 7g.40gb at 0'])
})
