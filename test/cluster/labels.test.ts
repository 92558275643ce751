import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeLabels, resourceNames } from '../../lib/kubernetes.js'
import { isComplete, readSimulatedCatalog, simulatedSpec } from '../peers/catalog.js'
import { readWithMig } from './dra/read-with-mig.js'
import { type ControlPlane, startControlPlane } from './harness/control-plane.js'
import { addBareNode } from './harness/simulated-node.js'
import { hasNoCluster } from './programs.js'

const models = readSimulatedCatalog().filter(isComplete)

describe.skipIf(hasNoCluster())('labels and resources of a node at the real API server', () => {
  let cluster: ControlPlane
  beforeAll(async () => {
    cluster = await startControlPlane()
    await addBareNode(cluster.admin, 'node-1')
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  test.each(models.map((model) => [model.key, model] as const))(
    'those of a %s with one MIG device of each size are accepted as they are',
    async (_, model) => {
      const object = { apiVersion: 'v1', resource: 'nodes', name: 'node-1' }
      const head = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } }
      const how = { fieldManager: 'mig-nvml', force: true, dryRun: true }
      for (const { name } of model.gpuInstanceProfiles) {
        const state = await readWithMig(simulatedSpec(model), { [name ?? '']: 1 })
        const { labels } = nodeLabels(state, { strategy: 'mixed' })
        const labelled = await cluster.admin.apply(
          object,
          { ...head, metadata: { ...head.metadata, labels } },
          how,
        )
        expect(labelled.metadata.labels).toMatchObject(labels)

        const amounts = Object.entries(resourceNames(state, { strategy: 'mixed' })).map(
          ([resource, devices]) => [resource, String(devices.length)] as const,
        )
        expect(amounts).toHaveLength(1)
        const capacity = Object.fromEntries(amounts)
        const node = await cluster.admin.apply(
          object,
          { ...head, status: { capacity, allocatable: capacity } },
          { ...how, subresource: 'status' },
        )
        expect(node['status']).toMatchObject({ capacity, allocatable: capacity })
      }
    },
  )
})
