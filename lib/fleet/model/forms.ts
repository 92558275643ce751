import type {
  FleetAvoid,
  FleetGpu,
  FleetGpuFilter,
  FleetInstance,
  FleetRequest,
  FleetSpread,
} from '../../../types/fleet/pack.js'
import type { Placement } from '../../../types/model/geometry.js'
import type { Needs } from '../../../types/solver/choose-profile.js'
import type { Rule, RulesOf } from '../../model/checks/find-fault.js'
import {
  flag,
  listOf,
  nonEmpty,
  object,
  objectOf,
  oneOf,
  openObjectOf,
  text,
  texts,
  wholeFrom,
} from '../../model/checks/kinds.js'
import { engineRules } from '../../solver/tables/check-input.js'
import { priceFrom } from './limits.js'

const count = wholeFrom(0)

const profile: Rule = {
  allowed: 'the name or id of a profile',
  accepts: (value) => typeof value === 'string' || typeof value === 'number',
}

const filter: RulesOf<FleetGpuFilter> = {
  gpus: listOf(text),
  nodes: listOf(text),
  notNodes: listOf(text),
  models: listOf(text),
  labels: texts,
}

const needs: RulesOf<Needs> = {
  memoryMiB: count,
  computeSlices: count,
  multiprocessors: count,
  engines: objectOf(engineRules),
}

const time: Rule = { allowed: 'a finite number', accepts: Number.isFinite }

const end: Rule = {
  allowed: 'a finite number or a list of them',
  accepts: (value) =>
    Number.isFinite(value) || (Array.isArray(value) && value.every(Number.isFinite)),
}

const spread: RulesOf<FleetSpread> = { label: text, maxPerGpu: count, maxPerNode: count }

const avoid: RulesOf<FleetAvoid> = { label: text, scope: oneOf('gpu', 'node') }

const request: RulesOf<FleetRequest> = {
  id: nonEmpty,
  count,
  profile,
  need: objectOf(needs),
  wholeGpu: oneOf(true),
  value: priceFrom(1),
  where: objectOf(filter),
  reservation: text,
  sameNode: text,
  labels: listOf(text),
  spread: listOf(objectOf(spread)),
  avoid: listOf(objectOf(avoid)),
  expectedEnd: end,
}

/** The fields of a request, in any fleet. */
export const requestForm: Rule = objectOf(request)

const placement: RulesOf<Placement> = { start: count, size: count }

const instance: RulesOf<FleetInstance> = {
  profileId: count,
  placement: objectOf(placement, 'start', 'size'),
  id: text,
  pinned: flag,
  idle: flag,
  labels: listOf(text),
  expectedEnd: end,
  since: time,
  plan: oneOf('room', 'instance', 'moving'),
}

const gpu: RulesOf<FleetGpu> = {
  id: nonEmpty,
  count,
  entry: text,
  node: text,
  cordoned: flag,
  planned: flag,
  geometry: object,
  model: text,
  layout: listOf(openObjectOf(instance, 'profileId', 'placement')),
  migEnabled: flag,
  heldBy: text,
  reservation: text,
  labels: texts,
  cost: priceFrom(0),
}

/** The fields of a GPU, in any fleet. Further fields belong to the caller. */
export const gpuForm: Rule = openObjectOf(gpu, 'id')
