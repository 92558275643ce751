import type { DeviceTaint, SliceDevice } from '../../../types/kubernetes/dra/objects.js'
import type { GpuUuid, MigState } from '../../../types/model/state.js'
import { slicesOf } from '../../kubernetes/dra/resource-slices.js'
import { findAilment } from '../../kubernetes/plugin/health.js'
import { devicesOf } from '../../model/mig-devices.js'
import type { NodeView } from '../device-plugin/node-view.js'

/** A device of the node as claims name it. */
export interface NamedDevice {
  /** `gpu-0-mig-3g20gb-9-4` */
  readonly name: string
  readonly uuid: string
  /** The UUID of its GPU. */
  readonly gpu: GpuUuid
}

/** Every device that is there, by the name in its slice. One without a UUID is none for a container. */
export function namedDevices(
  state: MigState,
  { node, name }: { readonly node: string; readonly name: string },
): ReadonlyMap<string, NamedDevice> {
  const slices = slicesOf(state, { node, driver: name, partitions: 'existing' })
  const devices = slices.flatMap(({ spec }) => spec.devices ?? [])
  return new Map(
    devices.flatMap(({ name, attributes }) => {
      const uuid = textIn(attributes['uuid'])
      return uuid === null
        ? []
        : [[name, { name, uuid, gpu: (textIn(attributes['parentUUID']) ?? uuid) as GpuUuid }]]
    }),
  )
}

function textIn(attribute: object | undefined): string | null {
  const text: unknown = Reflect.get(attribute ?? {}, 'string')
  return typeof text === 'string' ? text : null
}

/** The Xid for which no new claim gets a device, by the UUID of the device. */
export function ailing(state: MigState, { ailments }: NodeView): ReadonlyMap<string, number> {
  const whole = { gpuInstanceId: null, computeInstanceId: null }
  const all = state.gpus.flatMap((gpu) => [
    { uuid: String(gpu.uuid), gpu: gpu.uuid, ...whole },
    ...devicesOf(gpu).map(({ uuid, gpuInstanceId, computeInstanceId }) => ({
      uuid: String(uuid),
      gpu: gpu.uuid,
      gpuInstanceId,
      computeInstanceId,
    })),
  ])
  return new Map(
    all.flatMap((device) => {
      const found = findAilment(device, ailments)
      return found === null ? [] : [[device.uuid, found.xid]]
    }),
  )
}

/** Keeps new claims from a device, with the key and the value of NVIDIA's driver 0.5; pods that have it keep it. */
export function taintOf(driver: string, xid: number): DeviceTaint {
  return { key: `${driver}/xid`, value: String(xid), effect: 'NoSchedule' }
}

/** The UUID of a device in a slice. */
export function uuidOf({ attributes }: SliceDevice): string | null {
  return textIn(attributes['uuid'])
}
