import { expectError, expectType } from 'tsd'
import {
  connectKubelet,
  type DevicePlugin,
  type KubeletClient,
  type KubeletPod,
  startDevicePlugin,
} from '../../dist/agent.js'
import {
  type HeldDevice,
  heldDevices,
  type MigManagerConfigMap,
  type MigManagerConfigs,
  migManagerConfigMap,
  readMigManagerConfigMap,
} from '../../dist/kubernetes.js'

declare const kubelet: KubeletClient

expectType<Promise<DevicePlugin>>(startDevicePlugin({ strategy: 'mixed', ignoredXids: 'all' }))
expectType<Promise<DevicePlugin>>(startDevicePlugin({ strategy: 'none', cdi: false }))
expectError(startDevicePlugin({}))
expectError(startDevicePlugin({ strategy: 'mixed', cdi: { names: ['index'] } }))
expectType<Promise<KubeletClient>>(connectKubelet())
expectType<Promise<readonly KubeletPod[]>>(kubelet.listPods())
expectType<readonly HeldDevice[]>(heldDevices(await kubelet.listPods()))
expectType<MigManagerConfigMap>(migManagerConfigMap({ version: 'v1' }, { node: 'node-1' }))
expectError(migManagerConfigMap({ version: 'mig-nvml/v1', 'mig-configs': {} }))
expectType<MigManagerConfigs>(readMigManagerConfigMap('kind: ConfigMap', { matching: 'lenient' }))
