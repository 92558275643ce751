import type { SliceDevice } from '../../../types/kubernetes/dra/objects.js'
import type { DevicePlace } from '../../../types/kubernetes/dra/slices.js'

interface PlacedDevice {
  readonly place: DevicePlace
  readonly device: SliceDevice
}

/** The devices in the order of a caller. It must name each place once: one that is left out would never be used. */
export function arrange(
  devices: readonly PlacedDevice[],
  places: readonly DevicePlace[],
): readonly SliceDevice[] {
  const left = new Map(devices.map(({ place, device }) => [keyOf(place), device]))
  const arranged = places.map((place) => {
    const device = left.get(keyOf(place))
    if (device === undefined)
      throw new TypeError(
        `resourceSlices: the order has ${keyOf(place)}, which is no place or is there twice`,
      )
    left.delete(keyOf(place))
    return device
  })
  const [missing] = left.keys()
  if (missing !== undefined) throw new TypeError(`resourceSlices: the order lacks ${missing}`)
  return arranged
}

function keyOf({ profile, start }: DevicePlace): string {
  return `${profile} at ${start}`
}
