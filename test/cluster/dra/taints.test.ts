import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDraDriver } from '../../../lib/agent/dra-driver/start-driver.js'
import { listMigDevices, readMigState } from '../../../lib/index.js'
import { deviceClasses, resourceClaim } from '../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ResourceClaim, ResourceSlice } from '../../../types/kubernetes/dra/objects.js'
import type { DraDriver } from '../../../types/kubernetes/dra-driver.js'
import { divide } from '../../support/machine-root.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { addNode, type SimulatedNode } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'
import { hasNoCluster } from '../programs.js'
import { classesOf, type DraPods, draPods, slicesOf } from './dra-pods.js'

const [lower, upper] = ['gpu-0-mig-3g20gb-9-0', 'gpu-0-mig-3g20gb-9-4'] as const

/** A cluster with one node of two halves, and its DRA driver. */
interface World extends AsyncDisposable {
  readonly cluster: ControlPlane
  readonly pods: DraPods
  /** An Xid of the lower half. */
  raiseXid(): Promise<void>
  /** The devices in the slices, each with the values of its taints. */
  published(): Promise<Readonly<Record<string, readonly string[]>>>
}

async function createWorld(featureGates: string): Promise<World> {
  const cluster = await startControlPlane({ featureGates })
  let node: SimulatedNode | undefined
  let driver: DraDriver | undefined
  const dispose = async (): Promise<void> => {
    await driver?.close()
    node?.[Symbol.dispose]()
    await cluster[Symbol.asyncDispose]()
  }
  try {
    node = await addNode(cluster.admin, 'node-1', 'A100-SXM4-40GB +mig')
    const { machine, options, folder } = node
    await divide(machine, { 0: { '3g.20gb': 2 } })
    for (const item of deviceClasses([]))
      await cluster.admin.create(classesOf, item as unknown as ClusterObject)
    const registry = join(folder, 'registry')
    mkdirSync(registry)
    driver = await startDraDriver({
      ...options,
      node: node.name,
      cluster: cluster.admin,
      folder: registry,
      cdi: { file: join(folder, 'cdi.json') },
      intervalMs: 50,
    })
    const published: World['published'] = async () => {
      const { items } = await cluster.admin.list(slicesOf)
      return Object.fromEntries(
        (items as unknown as readonly ResourceSlice[])
          .flatMap(({ spec: { devices = [] } }) => devices)
          .map(({ name, taints = [] }) => [name, taints.map(({ value = '' }) => value)]),
      )
    }
    await until('both halves', async () => Object.keys(await published()).length === 2)
    return {
      cluster,
      pods: draPods(cluster.admin),
      async raiseXid() {
        const devices = listMigDevices(await readMigState(options))
        const found = devices.find(({ placement }) => placement?.start === 0)
        if (found === undefined) throw new Error('there is no device')
        const { gpuInstanceId, computeInstanceId } = found
        machine.raiseXid(0, { xid: 94, gpuInstanceId, computeInstanceId })
      },
      published,
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

const claimOf = (name: string): ResourceClaim =>
  resourceClaim({ gpu: { profile: '3g.20gb' } }, { name, namespace: 'default' })

/** The same for pods that may have devices with an Xid. */
function tolerant(claim: ResourceClaim): ResourceClaim {
  const { devices } = claim.spec
  const requests = devices.requests.map(({ exactly, ...request }) => {
    if (exactly === undefined) throw new Error('the request has alternatives')
    const tolerations = [{ key: 'gpu.nvidia.com/xid', operator: 'Exists' }] as const
    return { ...request, exactly: { ...exactly, tolerations } }
  })
  return { ...claim, spec: { devices: { ...devices, requests } } }
}

describe.skipIf(hasNoCluster())('an Xid of a MIG device beside a real scheduler', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld('')
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  test('keeps the device from new claims, unless they tolerate its taint', async () => {
    const { pods, raiseXid, published } = world
    await raiseXid()
    await until('the taint', async () => (await published())[lower]?.[0] === '94')
    expect(await published()).toEqual({ [lower]: ['94'], [upper]: [] })
    await pods.seen()
    expect(await pods.place('first', { claims: [claimOf('first')] })).toBe(true)
    expect(await pods.devicesOf('first')).toEqual([upper])
    expect(await pods.place('second', { claims: [claimOf('second')] })).toBe(false)
    expect(await pods.place('tester', { claims: [tolerant(claimOf('tester'))] })).toBe(true)
    expect(await pods.devicesOf('tester')).toEqual([lower])
  })
})

describe.skipIf(hasNoCluster())('an Xid of a MIG device where taints of devices are off', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld('DRADeviceTaints=false,DRADeviceTaintRules=false')
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  test('takes the device from the slices, and so from new claims', async () => {
    const { pods, raiseXid, published } = world
    await raiseXid()
    await until('the device to go', async () => (await published())[lower] === undefined)
    expect(await published()).toEqual({ [upper]: [] })
    await pods.seen()
    expect(await pods.place('first', { claims: [claimOf('first')] })).toBe(true)
    expect(await pods.devicesOf('first')).toEqual([upper])
    expect(await pods.place('second', { claims: [claimOf('second')] })).toBe(false)
  })
})
