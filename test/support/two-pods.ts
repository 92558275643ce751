import { expect } from 'vitest'
import { applyMigConfig } from '../../lib/index.js'
import type { AgentStep } from '../../types/kubernetes/agent.js'
import { agentConfigs } from './agent-configs.js'
import { type AgentNodeWorld, createAgentNode } from './agent-node.js'
import { wantOnAll } from './wanted.js'

const labels = {
  'nvidia.com/gpu.deploy.device-plugin': 'true',
  'nvidia.com/mig.strategy': 'mixed',
}
/** What an administrator has put on the node. */
export const cordon = [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]

/** One pod on each of two halves, on a node that an administrator has cordoned. */
export async function withTwoPods(): Promise<AgentNodeWorld> {
  const world = createAgentNode('A100-SXM4-40GB +mig', {
    labels,
    taints: cordon,
    clients: ['device-plugin'],
  })
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: world.machine.library })
  world.addPod({ name: 'left', device: await world.device('3g.20gb', 0) })
  world.addPod({ name: 'right', device: await world.device('3g.20gb', 4) })
  world.writeConfig(agentConfigs)
  return world
}

/** Nothing that the agent has put on the node is left. */
export function expectUnmarked(world: AgentNodeWorld): void {
  expect(world.node()['spec']).toEqual({ taints: cordon })
  expect(world.label('nvidia.com/gpu.deploy.device-plugin')).toBe('true')
  expect(world.record()).toMatchObject({ step: 'idle', fenced: false, pausing: false, paused: {} })
}

/** The steps of a run that succeeds, in their order. */
export const runSteps: readonly AgentStep[] = [
  'validate',
  'plan',
  'fence',
  'evict',
  'pause',
  'apply',
  'verify',
  'publish',
  'resume',
  'await',
  'unfence',
]
