import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { type RulesWorld, testClusterRules } from '../../support/cluster-rules.js'
import { createBudget, podsOf } from '../agent/agent-world.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { addBareNode, phaseOf } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'
import { hasNoCluster } from '../programs.js'

describe.skipIf(hasNoCluster())(
  'the real API server has the rules of the cluster in memory',
  () => {
    let cluster: ControlPlane
    beforeAll(async () => {
      cluster = await startControlPlane()
    })
    afterAll(() => cluster[Symbol.asyncDispose]())
    afterEach(async () => {
      const nodes = { apiVersion: 'v1', resource: 'nodes' }
      for (const { metadata } of (await cluster.admin.list(nodes)).items)
        await cluster.admin.remove({ ...nodes, name: metadata.name ?? '' })
    })
    const world = (): RulesWorld => ({
      client: cluster.admin,
      async putNode(name) {
        await addBareNode(cluster.admin, name)
      },
      async labelNode(name, label, value) {
        const object = { apiVersion: 'v1', resource: 'nodes', name }
        await cluster.admin.merge(object, { metadata: { labels: { [label]: value } } })
      },
      async putPod(name, nodeName, app) {
        const pod = await cluster.admin.create(podsOf, {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name, labels: { app } },
          spec: { nodeName, containers: [{ name: 'main', image: 'none' }] },
        })
        await until(`pod ${name} to run`, async () => {
          return phaseOf(await cluster.admin.get({ ...podsOf, name })) === 'Running'
        })
        return pod.metadata.uid ?? ''
      },
      putBudget: (app, allowed) => createBudget(cluster.admin, app, 1 - allowed),
      async hasPod(name) {
        const pod = await cluster.admin.get({ ...podsOf, name })
        return pod !== null && pod.metadata.deletionTimestamp === undefined
      },
    })
    testClusterRules(world)
  },
)
