import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import type { Placement } from '../../../types/model/geometry.js'
import type { Rule, RulesOf } from '../../model/checks/find-fault.js'
import {
  flag,
  listOf,
  nonEmpty,
  object,
  objectOf,
  openObjectOf,
  text,
  texts,
  wholeFrom,
} from '../../model/checks/kinds.js'
import { priceFrom } from './limits.js'

const whole = wholeFrom(0)

const placement: RulesOf<Placement> = { start: whole, size: whole }

const instance: RulesOf<FleetInstance> = {
  profileId: whole,
  placement: objectOf(placement, 'start', 'size'),
  id: text,
  pinned: flag,
  labels: listOf(text),
}

const gpu: RulesOf<FleetGpu> = {
  id: nonEmpty,
  count: whole,
  entry: text,
  node: text,
  cordoned: flag,
  geometry: object,
  model: text,
  layout: listOf(openObjectOf(instance, 'profileId', 'placement')),
  migEnabled: flag,
  heldBy: text,
  reservation: text,
  labels: texts,
  cost: priceFrom(0),
}

/** What any GPU may say. Further fields belong to the caller. */
export const gpuForm: Rule = openObjectOf(gpu, 'id')
