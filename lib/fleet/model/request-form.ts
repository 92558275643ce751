import type {
  FleetAvoid,
  FleetGpuFilter,
  FleetRequest,
  FleetSpread,
} from '../../../types/fleet/pack.js'
import type { Needs } from '../../../types/solver/choose-profile.js'
import { showValue } from '../../model/check-options.js'
import { engineKinds } from '../../solver/tables/limits.js'
import {
  type Form,
  formOf,
  listOf,
  oneOf,
  type PartCheck,
  partOf,
  text,
  texts,
} from './check-form.js'
import { invalid, requireWhole } from './invalid.js'
import { requirePrice } from './limits.js'

const count: PartCheck = (part, path, name) => {
  if (!(Number.isSafeInteger(part) && (part as number) >= 0)) {
    requireWhole(part, 0, [...path, name])
  }
}

const value: PartCheck = (part, path, name) => requirePrice(part, 1, [...path, name])

const id: PartCheck = (part, path) => {
  if (typeof part !== 'string' || part === '') throw invalid(path, 'has no id')
}

const profile: PartCheck = (part, path, name) => {
  if (typeof part !== 'string' && typeof part !== 'number') {
    throw invalid([...path, name], `is ${showValue(part)}, neither name nor id of a profile`)
  }
}

const filter = formOf<FleetGpuFilter>({
  gpus: listOf(text),
  nodes: listOf(text),
  notNodes: listOf(text),
  models: listOf(text),
  labels: texts,
})

const engines: Form = new Map(engineKinds.map((kind) => [kind, count]))

const needs = formOf<Needs>({
  memoryMiB: count,
  computeSlices: count,
  multiprocessors: count,
  engines: partOf(engines),
})

/** What any request may say, whatever the fleet is. */
export const requestForm: Form = formOf<FleetRequest>({
  id,
  count,
  profile,
  need: partOf(needs),
  wholeGpu: oneOf(true),
  value,
  where: partOf(filter),
  reservation: text,
  sameNode: text,
  labels: listOf(text),
  spread: listOf(partOf(formOf<FleetSpread>({ label: text, maxPerGpu: count, maxPerNode: count }))),
  avoid: listOf(partOf(formOf<FleetAvoid>({ label: text, scope: oneOf('gpu', 'node') }))),
})
