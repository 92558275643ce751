import * as v from 'valibot'
import type { MigNvmlConfigEntry } from '../../../types/config/mig-nvml-config.js'
import { isSelectorText, selectorForm } from '../../model/selector-text.js'
import {
  byForm,
  checkFields,
  count,
  type FieldProblem,
  fieldsOnly,
  isAllZero,
  listOf,
  mapping,
  onlyZero,
  otherThan,
  profileNameOrId,
  someCount,
  wholeNumberFrom,
} from './schema-parts.js'
import { requests } from './schema-requests.js'
import { deviceFilter, mode } from './schema-v1.js'

/** An entry of version `mig-nvml/v1`: an entry of version 1 with further fields. */

const notGpu =
  'is not a GPU: an index, a UUID such as "GPU-…", or a PCI address such as "0000:07:00.0"'
const gpuText = v.pipe(
  v.string(notGpu),
  v.check(isSelectorText, notGpu),
  v.metadata({ pattern: `^${selectorForm}$` }),
)
const word = v.picklist(['all', 'others'])
const gpuIndex = wholeNumberFrom(0)
const gpu = byForm([gpuIndex, gpuText], (input) => (typeof input === 'number' ? gpuIndex : gpuText))
const gpuList = v.array(gpu)
const devices = byForm([word, gpu, gpuList], (input) => {
  if (Array.isArray(input)) return gpuList
  return input === 'all' || input === 'others' ? word : gpu
})

const computeInstance = v.pipe(
  mapping,
  fieldsOnly({ profile: profileNameOrId, start: v.optional(count) }, 'a compute instance'),
)
const placement = v.pipe(
  mapping,
  fieldsOnly(
    {
      profile: profileNameOrId,
      start: count,
      'compute-instances': v.optional(listOf(computeInstance, 'compute instances')),
    },
    'a placement',
  ),
)

const keepWord = v.picklist(
  ['busy', 'all'],
  (issue) => `must be "busy", "all" or a list of UUIDs of MIG devices, ${otherThan(issue)}`,
)
const notMigDevice = 'is not the UUID of a MIG device, such as "MIG-…"'
const migUuid = v.pipe(
  v.string(notMigDevice),
  v.check((text) => /^MIG-[\w/-]+$/.test(text), notMigDevice),
  v.metadata({ pattern: '^MIG-[\\w/-]+$' }),
)
const migUuids = v.array(migUuid)
const keep = byForm([keepWord, migUuids], (input) => (Array.isArray(input) ? migUuids : keepWord))

const wants = ['mig-devices', 'total-mig-devices', 'placements'] as const

export const entryMigNvml: v.GenericSchema<unknown, MigNvmlConfigEntry> = v.pipe(
  mapping,
  fieldsOnly(
    {
      'device-filter': v.nullish(deviceFilter),
      devices,
      count: v.optional(wholeNumberFrom(1)),
      'mig-enabled': v.optional(mode),
      'mig-devices': v.nullish(requests),
      'total-mig-devices': v.optional(requests),
      placements: v.optional(listOf(placement, 'placements')),
      'at-least': v.optional(mode),
      keep: v.optional(keep),
    },
    'an entry',
  ),
  checkFields(findContradiction),
  v.metadata({
    if: { required: ['mig-enabled'], properties: { 'mig-enabled': { const: false } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: {
      properties: {
        'mig-devices': { maxProperties: 0, maxItems: 0 },
        ...Object.fromEntries(
          ['total-mig-devices', 'placements', 'at-least', 'keep'].map((name) => [name, false]),
        ),
      },
    },
    else: {
      oneOf: wants.map((want) => ({
        required: [want],
        properties: { [want]: { not: { type: 'null' }, ...someCount } },
      })),
    },
    allOf: [
      {
        if: { required: ['devices'], properties: { devices: { const: 'others' } } },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
        then: { properties: { count: false, 'total-mig-devices': false } },
      },
      {
        if: { required: ['placements'] },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
        then: { properties: { 'at-least': { const: false }, keep: false } },
      },
    ],
  }),
) as v.GenericSchema as v.GenericSchema<unknown, MigNvmlConfigEntry>

function findContradiction(fields: Partial<Record<string, unknown>>): FieldProblem {
  const given = wants.filter((want) => isGiven(fields[want]))
  if (fields['mig-enabled'] === false) return findBesideOff(fields)
  const [first, second] = given
  if (first === undefined)
    return [
      'mig-devices',
      'is missing: it says how many MIG devices of each size; {} means none. total-mig-devices or placements can replace it',
    ]
  if (second !== undefined) return [second, `cannot be combined with ${first}`]
  if (isAllZero(fields[first])) return [first, onlyZero]
  if (fields['devices'] === 'others') {
    if (fields['count'] !== undefined) return ['count', 'cannot be combined with devices: others']
    if (first === 'total-mig-devices') return [first, 'cannot be combined with devices: others']
  }
  if (first === 'placements') {
    if (fields['at-least'] === true) return ['at-least', 'cannot be combined with placements']
    if (fields['keep'] !== undefined) return ['keep', 'cannot be combined with placements']
  }
  return null
}

function findBesideOff(fields: Partial<Record<string, unknown>>): FieldProblem {
  const devices = fields['mig-devices']
  if (isGiven(devices) && Object.keys(Object(devices)).length > 0)
    return ['mig-devices', 'must be empty when mig-enabled is false']
  const beside = ['total-mig-devices', 'placements', 'at-least', 'keep'].find(
    (name) => fields[name] !== undefined,
  )
  return beside === undefined ? null : [beside, 'has no meaning when mig-enabled is false']
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}
