import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { startDevicePlugin } from '../../lib/agent/device-plugin/start-plugin.js'
import { readMigState } from '../../lib/index.js'
import { resourceNames } from '../../lib/kubernetes.js'
import type {
  DevicePlugin,
  DevicePluginEvent,
  DevicePluginOptions,
} from '../../types/kubernetes/device-plugin.js'
import { type FakeKubelet, type FakeList, startFakeKubelet } from './fake-kubelet.js'
import { createRootedMachine, type RootedMachine } from './rooted-machine.js'

/** Far longer than anything takes here. */
export const patience = { timeout: 120_000, interval: 10 }

/** A simulated node for a device plugin. */
export interface PluginNode {
  readonly machine: RootedMachine
  readonly folder: string
  readonly specFile: string
  readonly events: DevicePluginEvent[]
  start(options?: Partial<DevicePluginOptions>): Promise<DevicePlugin>
  startKubelet(): Promise<FakeKubelet>
}

/** It ends with the test. */
export function createPluginNode(spec: string): PluginNode {
  const machine = createRootedMachine(spec, { store: true })
  const folder = join(machine.folder, 'device-plugins')
  const specFile = join(machine.folder, 'cdi', 'spec.json')
  mkdirSync(folder)
  const events: DevicePluginEvent[] = []
  const open: (() => unknown)[] = []
  onTestFinished(async () => {
    for (const close of open.reverse()) await close()
    machine[Symbol.dispose]()
  })
  return {
    machine,
    folder,
    specFile,
    events,
    async start(options = {}) {
      const plugin = await startDevicePlugin({
        ...machine.options,
        strategy: 'mixed',
        folder,
        cdi: { file: specFile },
        intervalMs: 20,
        onEvent: (event) => events.push(event),
        ...options,
      })
      open.push(plugin.close)
      return plugin
    },
    async startKubelet() {
      const kubelet = await startFakeKubelet(folder)
      open.push(() => kubelet.stop())
      return kubelet
    },
  }
}

/** The devices of a resource as the machine has them now. */
export const uuidsOf = async (
  { machine }: PluginNode,
  resource: string,
): Promise<readonly string[]> =>
  (resourceNames(await readMigState(machine.options), { strategy: 'mixed' })[resource] ?? []).map(
    String,
  )

export const healthy = (uuids: readonly string[]): FakeList =>
  Object.fromEntries(uuids.map((uuid) => [uuid, 'Healthy']))

/** The last list of a resource. */
export const lastOf = (kubelet: FakeKubelet, resource: string): FakeList | undefined =>
  kubelet.listsOf(resource).at(-1)

/** The kubelet has the devices of the resource, all healthy. */
export async function expectOffer(
  node: PluginNode,
  kubelet: FakeKubelet,
  resource: string,
): Promise<void> {
  const wanted = healthy(await uuidsOf(node, resource))
  expect(Object.keys(wanted).length).toBeGreaterThan(0)
  await expect.poll(() => lastOf(kubelet, resource), patience).toEqual(wanted)
}
