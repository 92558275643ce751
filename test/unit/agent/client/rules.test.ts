import { describe } from 'vitest'
import { type RulesWorld, testClusterRules } from '../../../support/cluster-rules.js'
import { eachTestConnects } from './client-on-http.js'

describe('the client over HTTP keeps the rules that the agent relies on', () => {
  const world = eachTestConnects()
  testClusterRules((): RulesWorld => {
    const { cluster, client } = world()
    const node = (name: string): string => `/api/v1/nodes/${name}`
    const pod = (name: string): string => `/api/v1/namespaces/default/pods/${name}`
    return {
      client,
      async putNode(name) {
        const annotations = { 'a.test/made': 'here' }
        const status = { conditions: [{ type: 'Ready', status: 'True' }] }
        cluster.put(node(name), { metadata: { annotations, labels: {} }, spec: {}, status })
      },
      async labelNode(name, label, value) {
        const { metadata, ...rest } = cluster.objects.get(node(name)) ?? { metadata: {} }
        const labels = { ...metadata.labels, [label]: value }
        cluster.put(node(name), { ...rest, metadata: { ...metadata, labels } })
      },
      async putPod(name, nodeName, app) {
        const { metadata } = cluster.put(pod(name), {
          metadata: { namespace: 'default', labels: { app } },
          spec: { nodeName },
        })
        return metadata.uid ?? ''
      },
      async putBudget(app, allowed) {
        cluster.budgets.set(app, allowed)
      },
      hasPod: async (name) => cluster.objects.has(pod(name)),
    }
  })
})
