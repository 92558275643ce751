import { afterAll, beforeAll } from 'vitest'
import type { SimulatedMachineSpec } from '../../../lib/simulator.js'
import type { ClusterClient } from '../../../types/kubernetes/cluster-client.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { installAgentAccount } from '../harness/node-agent.js'
import { until } from '../harness/until.js'
import { type AgentWorld, createAgentWorld, podsOf } from './agent-world.js'

/** A control plane for the tests of one `describe`, with the service account of the chart. */
export interface AgentCluster {
  /** It is there from the first test on. */
  plane(): ControlPlane
  admin(): ClusterClient
  createWorld(name: string, spec: SimulatedMachineSpec): Promise<AgentWorld>
  /** Ends all pods, their budgets, and then the worlds. After the last test it is done anyhow. */
  clear(): Promise<void>
}

export function useAgentCluster(): AgentCluster {
  let plane: ControlPlane | undefined
  const worlds: AgentWorld[] = []
  const there = (): ControlPlane => {
    if (plane === undefined) throw new Error('the control plane starts before the first test')
    return plane
  }
  const endWorlds = async (): Promise<void> => {
    await Promise.all(worlds.splice(0).map((world) => world[Symbol.asyncDispose]()))
  }
  beforeAll(async () => {
    plane = await startControlPlane()
    await installAgentAccount(plane)
  })
  afterAll(async () => {
    await endWorlds()
    await plane?.[Symbol.asyncDispose]()
  })
  return {
    plane: there,
    admin: () => there().admin,
    async createWorld(name, spec) {
      const world = await createAgentWorld(there(), name, spec)
      worlds.push(world)
      return world
    },
    async clear() {
      const { admin } = there()
      const budgets = { ...podsOf, apiVersion: 'policy/v1', resource: 'poddisruptionbudgets' }
      for (const collection of [budgets, podsOf])
        await until(`no ${collection.resource}`, async () => {
          const { items } = await admin.list(collection)
          for (const { metadata } of items)
            await admin.remove({ ...collection, name: metadata.name ?? '' })
          return items.length === 0
        })
      await endWorlds()
    },
  }
}
