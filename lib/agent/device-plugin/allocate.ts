import { setTimeout as delay } from 'node:timers/promises'
import type { ContainerDevice } from '../../../types/containers/device.js'
import type { MigState } from '../../../types/model/state.js'
import { controlNodesOf, nodesOf, requireNumbers } from '../../containers/devices/device-nodes.js'
import { gpuDevice, listContainerDevices } from '../../containers/devices/list-devices.js'
import { isGpuLocked } from '../../driver/lock/machine-lock.js'
import { nextOffer, type OfferedDevice } from '../../kubernetes/plugin/offer.js'
import { readMigState } from '../../machine/read.js'
import type { ContainerAllocation } from '../kubelet/plugin-socket.js'
import { type NodeView, numbered, problemOf, writeSpec } from './node-view.js'
import type { PluginSettings } from './plugin-options.js'

const lookEveryMs = 50

/**
 * What a container gets with these devices. The machine is read once more, after changes that are under way: a device that is gone,
 * or has become another, would leave the container without a GPU.
 */
export async function allocateDevices(
  view: NodeView,
  resource: string,
  ids: readonly string[],
  settings: PluginSettings,
): Promise<ContainerAllocation> {
  const known = (view.offer.get(resource) ?? []).filter(({ uuid }) => ids.includes(uuid))
  const { allocateTimeoutMs } = settings
  const limit = AbortSignal.timeout(allocateTimeoutMs)
  const { signal: given } = settings.driver
  const signal = given === undefined ? limit : AbortSignal.any([given, limit])
  await untilSettled(known, settings, signal)
  const state = await readMigState({ ...settings.driver, signal }).catch((error: unknown) => {
    if (!limit.aborted) throw error
    throw new Error(`the driver has not answered for ${allocateTimeoutMs} ms`, { cause: error })
  })
  const { offer } = nextOffer(view.offer, state, settings.strategy, () => true)
  const devices = ids.map((id) => requireDevice(id, resource, offer.get(resource) ?? [], view))
  const failure = await writeSpec(state, settings)
  if (failure !== null) throw failure
  if (settings.cdiKind !== null) refuseWithoutCdi(devices, state)
  return answer(devices, state, settings)
}

async function untilSettled(
  devices: readonly OfferedDevice[],
  { lockFile, allocateTimeoutMs }: PluginSettings,
  signal: AbortSignal,
): Promise<void> {
  for (const { gpu, gpuIndex } of devices)
    while (isGpuLocked(lockFile, gpu)) {
      if (signal.aborted)
        throw new Error(`GPU ${gpuIndex} has been changing for ${allocateTimeoutMs} ms`)
      await delay(lookEveryMs)
    }
}

function requireDevice(
  id: string,
  resource: string,
  devices: readonly OfferedDevice[],
  view: NodeView,
): OfferedDevice {
  const device = devices.find(({ uuid }) => uuid === id)
  if (device === undefined) throw new Error(`${id} is no device of ${resource} any more`)
  const problem = problemOf(device, view)
  if (problem !== null) throw new Error(`${id} cannot be used: ${problem}`)
  return device
}

/** With the strategy `none` a GPU is offered as a whole even with MIG on, and CDI has no such device. */
function refuseWithoutCdi(devices: readonly OfferedDevice[], state: MigState): void {
  const named = listContainerDevices(state).map(({ names }) => names.uuid)
  const missing = devices.find(({ uuid }) => !named.includes(uuid))
  if (missing !== undefined)
    throw new Error(
      `MIG is on on GPU ${missing.gpuIndex}, and CDI has no such GPU as a whole: the strategy must be single or mixed, or MIG off`,
    )
}

function answer(
  devices: readonly OfferedDevice[],
  state: MigState,
  settings: PluginSettings,
): ContainerAllocation {
  const { cdiKind, deviceNodes } = settings
  const uuids = devices.map(({ uuid }) => uuid)
  return {
    ...(cdiKind === null
      ? { envs: { NVIDIA_VISIBLE_DEVICES: uuids.join() } }
      : { cdiDevices: uuids.map((uuid) => ({ name: `${cdiKind}=${uuid}` })) }),
    ...(deviceNodes ? { devices: nodesFor(devices, numbered(state, settings)) } : {}),
  }
}

function nodesFor(
  devices: readonly OfferedDevice[],
  state: MigState,
): NonNullable<ContainerAllocation['devices']> {
  const numbers = requireNumbers(state)
  const all: readonly ContainerDevice[] = [
    ...listContainerDevices(state),
    ...state.gpus.filter(({ mig }) => mig?.enabled === true).map(gpuDevice),
  ]
  const nodes = devices.flatMap(({ uuid }) => {
    const device = all.find(({ names }) => names.uuid === uuid)
    return device === undefined ? [] : nodesOf(numbers, device)
  })
  const paths = new Set([...controlNodesOf(numbers), ...nodes].map(({ path }) => path))
  return [...paths].map((path) => ({ containerPath: path, hostPath: path, permissions: 'rw' }))
}
