import * as v from 'valibot'
import {
  byForm,
  count,
  fieldsOnly,
  mapping,
  profileNameOrId,
  wholeNumberFrom,
} from './schema-parts.js'

/** Devices by name or by need, of version `mig-nvml/v1`. */

const countsByName = v.pipe(mapping, v.record(profileNameOrId, count))

const named = v.pipe(
  mapping,
  fieldsOnly({ profile: profileNameOrId, count: v.optional(count) }, 'devices by name'),
)

const needs = ['memory-mib', 'compute-slices', 'multiprocessors', 'engines'] as const
const amount = wholeNumberFrom(1)
const engine = v.optional(count)
const needed = v.pipe(
  mapping,
  fieldsOnly(
    {
      'memory-mib': v.optional(amount),
      'compute-slices': v.optional(amount),
      multiprocessors: v.optional(amount),
      engines: v.optional(
        v.pipe(
          mapping,
          fieldsOnly(
            { copy: engine, decoder: engine, encoder: engine, jpeg: engine, ofa: engine },
            'engines',
          ),
        ),
      ),
      count: v.optional(count),
    },
    'devices by need',
  ),
  v.check(
    (fields) => needs.some((need) => fields[need] !== undefined),
    `needs a profile, or at least one of ${needs.join(', ')}`,
  ),
  v.metadata({ anyOf: needs.map((need) => ({ required: [need] })) }),
)
const request = byForm([named, needed], (input) =>
  Reflect.get(Object(input), 'profile') === undefined ? needed : named,
)
const requestList = v.array(request)
export const requests: v.GenericSchema = byForm([countsByName, requestList], (input) =>
  Array.isArray(input) ? requestList : countsByName,
)
