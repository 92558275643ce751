import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import type { Placement } from '../../../types/model/geometry.js'
import {
  anything,
  checkForm,
  type Form,
  flag,
  formOf,
  listOf,
  object,
  type PartCheck,
  partOf,
  requireList,
  requireObject,
  text,
  texts,
} from './check-form.js'
import { requireWhole } from './invalid.js'

const whole: PartCheck = (part, path, name) => {
  if (!Number.isSafeInteger(part)) requireWhole(part, 0, [...path, name])
}

const instance = formOf<FleetInstance>({
  profileId: whole,
  placement: partOf(formOf<Placement>({ start: whole, size: whole })),
  id: text,
  pinned: flag,
  labels: listOf(text),
})

/** Fleets are read with all that they hold, and most of it is no more than this. */
function isPlainInstance(part: unknown): part is FleetInstance {
  if (typeof part !== 'object' || part === null) return false
  for (const name in part) {
    if (name !== 'id' && name !== 'placement' && name !== 'profileId') return false
  }
  const { id, placement, profileId } = part as Partial<FleetInstance>
  return (
    Number.isSafeInteger(profileId) &&
    Number.isSafeInteger(placement?.start) &&
    Number.isSafeInteger(placement?.size) &&
    (id === undefined || typeof id === 'string')
  )
}

const layout: PartCheck = (part, path, name) => {
  const at = [...path, name]
  requireList(part, at)
  for (let index = 0; index < part.length; index += 1) {
    if (isPlainInstance(part[index])) continue
    const there = [...at, index]
    checkForm(part[index], instance, there, true)
    const { placement, profileId } = part[index] as Partial<FleetInstance>
    requireObject(placement, [...there, 'placement'])
    whole(profileId, there, 'profileId')
    whole(placement.start, [...there, 'placement'], 'start')
    whole(placement.size, [...there, 'placement'], 'size')
  }
}

/** What any GPU may say; the whole numbers and the id are checked by `readGpus`. */
export const gpuForm: Form = formOf<FleetGpu>({
  id: anything,
  count: anything,
  entry: text,
  node: text,
  cordoned: flag,
  geometry: object,
  model: text,
  layout,
  migEnabled: flag,
  heldBy: text,
  reservation: text,
  labels: texts,
  cost: anything,
})
