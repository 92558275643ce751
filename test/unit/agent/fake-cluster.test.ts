import { beforeEach, describe } from 'vitest'
import { type RulesWorld, testClusterRules } from '../../support/cluster-rules.js'
import { createFakeCluster, type FakeCluster } from '../../support/fake-cluster.js'

describe('the cluster in memory has the rules of the real one', () => {
  let cluster: FakeCluster
  beforeEach(() => {
    cluster = createFakeCluster()
  })
  const world = (): RulesWorld => ({
    client: cluster,
    async putNode(name) {
      const annotations = { 'a.test/made': 'here' }
      const status = { conditions: [{ type: 'Ready', status: 'True' }] }
      cluster.put('nodes', { metadata: { name, annotations, labels: {} }, spec: {}, status })
    },
    async labelNode(name, label, value) {
      cluster.edit('nodes', name, ({ metadata, ...rest }) => ({
        ...rest,
        metadata: { ...metadata, labels: { ...metadata.labels, [label]: value } },
      }))
    },
    async putPod(name, nodeName, app) {
      const metadata = { name, namespace: 'default', uid: `uid-of-${name}`, labels: { app } }
      cluster.put('pods', { metadata, spec: { nodeName }, status: { phase: 'Running' } })
      return metadata.uid
    },
    async putBudget(label, allowed) {
      cluster.budgets.push({ namespace: 'default', label, allowed })
    },
    async hasPod(name) {
      const pod = cluster.find('pods', name, 'default')
      return pod !== undefined && pod.metadata.deletionTimestamp === undefined
    },
  })
  testClusterRules(world)
})
