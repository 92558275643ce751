import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { output } from '../peers/run.js'
import { type ControlPlane, startControlPlane } from './harness/control-plane.js'
import { addBareNode, phaseOf } from './harness/simulated-node.js'
import { until } from './harness/until.js'
import { hasNoCluster, isMissing, pathOf } from './programs.js'

describe.skipIf(hasNoCluster())('the control plane of the tests', () => {
  let cluster: ControlPlane
  beforeAll(async () => {
    cluster = await startControlPlane()
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  test('a pod that is created gets a node from the real scheduler and runs there', async () => {
    const { admin } = cluster
    await addBareNode(admin, 'node-1')
    const pods = { apiVersion: 'v1', resource: 'pods', namespace: 'default' }
    await admin.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'first' },
      spec: { containers: [{ name: 'main', image: 'none' }] },
    })
    const pod = await until('the pod to run', async () => {
      const now = await admin.get({ ...pods, name: 'first' })
      return phaseOf(now) === 'Running' ? now : null
    })
    expect(pod).toHaveProperty('spec.nodeName', 'node-1')
  })

  test.skipIf(isMissing('kubectl'))('kubectl reads the same cluster', async () => {
    const config = `--kubeconfig=${cluster.kubeconfig}`
    expect(await output(pathOf('kubectl'), [config, 'get', 'nodes', '-o', 'name'])).toBe(
      'node/node-1\n',
    )
  })
})
