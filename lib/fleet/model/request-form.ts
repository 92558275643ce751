import type {
  FleetAvoid,
  FleetGpuFilter,
  FleetRequest,
  FleetSpread,
} from '../../../types/fleet/pack.js'
import type { Engines } from '../../../types/model/geometry.js'
import type { Needs } from '../../../types/solver/choose-profile.js'
import type { Rule, RulesOf } from '../../model/checks/find-fault.js'
import {
  listOf,
  nonEmpty,
  objectOf,
  oneOf,
  text,
  texts,
  wholeFrom,
} from '../../model/checks/kinds.js'
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

const engines: RulesOf<Engines> = {
  copy: count,
  decoder: count,
  encoder: count,
  jpeg: count,
  ofa: count,
}

const needs: RulesOf<Needs> = {
  memoryMiB: count,
  computeSlices: count,
  multiprocessors: count,
  engines: objectOf(engines),
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
}

/** What any request may say, whatever the fleet is. */
export const requestForm: Rule = objectOf(request)
