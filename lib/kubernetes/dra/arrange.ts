import type { SliceDevice } from '../../../types/kubernetes/dra/objects.js'
import type { DevicePlace } from '../../../types/kubernetes/dra/slices.js'
import { checkOptions } from '../../model/checks/check-options.js'
import { listOf, objectOf, openObjectOf, text, wholeFrom } from '../../model/checks/kinds.js'

interface PlacedDevice {
  readonly place: DevicePlace
  readonly device: SliceDevice
}

const place = openObjectOf({ profile: text, start: wholeFrom(0) }, 'profile', 'start')
const answer = objectOf({
  order: { ...listOf(place), allowed: 'a function that returns a list of places' },
})

/** The devices in the order of a caller. It must name each place once: one that is left out would never be used. */
export function arrange(
  devices: readonly PlacedDevice[],
  places: readonly DevicePlace[],
): readonly SliceDevice[] {
  // No list at all must not pass as an option that is absent.
  checkOptions('resourceSlices', { order: places ?? null }, answer)
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
