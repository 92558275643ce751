import { expectError, expectNotAssignable, expectType } from 'tsd'
import {
  type CdiSpec,
  type ContainerDevice,
  cdiSpec,
  type DeviceNode,
  deviceNodes,
  listContainerDevices,
  plannedState,
  resolveVisibleDevices,
  slurmGres,
} from '../../dist/containers.js'
import type { MigState } from '../../dist/index.js'

declare const state: MigState

const spec = cdiSpec(state, { names: ['index', 'type-index', 'uuid'], all: false })
expectType<CdiSpec>(spec)
expectError(cdiSpec(state, { names: ['serial'] }))
expectError(cdiSpec(state, { driver: { version: '580.65.06' } }))

const [device] = listContainerDevices(state)
expectType<ContainerDevice | undefined>(device)
if (device?.kind === 'mig') {
  expectType<number>(device.migIndex)
  expectType<number | null>(device.gpuInstanceMinor)
  // CDI cannot carry the legacy UUID, so a device may lack the other.
  expectNotAssignable<string>(device.names.uuid)
}
if (device?.kind === 'gpu') {
  expectType<boolean>(device.migEnabled)
  expectError(device.migIndex)
}
if (device !== undefined) expectType<readonly DeviceNode[]>(deviceNodes(state, device))

expectType<'devices' | 'none' | 'void'>(resolveVisibleDevices(undefined, state).kind)
expectError(resolveVisibleDevices('all', state, { dialect: 'docker' }))
expectError(resolveVisibleDevices(0, state))
slurmGres(state, { typeOf: ({ kind }) => kind })
expectError(plannedState(state))
