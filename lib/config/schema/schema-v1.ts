import * as v from 'valibot'
import type { MigConfigEntry } from '../../../types/config/config.js'
import { formatPciId } from '../../model/pci-ids.js'
import {
  byForm,
  checkFields,
  count,
  type FieldProblem,
  isAllZero,
  mapping,
  onlyZero,
  otherThan,
  profileName,
  someCount,
  wholeNumber,
} from './schema-parts.js'

/** An entry of version 1: the grammar of NVIDIA's MIG Partition Editor. */

const text = (received: unknown): string =>
  typeof received === 'number'
    ? `must be text: put it in quotes, "${formatPciId(received)}"`
    : 'must be text'

const filterText = v.string(({ input }) => text(input))
const filterTexts = v.array(filterText)
export const deviceFilter: v.GenericSchema = byForm([filterText, filterTexts], (input) =>
  Array.isArray(input) ? filterTexts : filterText,
)

// `findBadFilters` checks what the text says, because that depends on `matching`.
const integer = '(?:0[xX](?:_?[0-9A-Fa-f])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])*|[1-9](?:_?[0-9])*)'
const pciText = v.pipe(filterText, v.metadata({ pattern: `^(?:${integer}(?::${integer})?)?$` }))
const pciTexts = v.array(pciText)
const pciFilter = byForm([pciText, pciTexts], (input) =>
  Array.isArray(input) ? pciTexts : pciText,
)

const all = v.literal(
  'all',
  (issue) => `must be "all" or a list of GPU indexes such as [0, 1], ${otherThan(issue)}`,
)
const indexes = v.array(wholeNumber)
const devices = byForm([all, indexes], (input) => (Array.isArray(input) ? indexes : all))

export const mode: v.GenericSchema<boolean> = v.boolean(
  (issue) => `must be true or false, ${otherThan(issue)}`,
)

const migDevices = v.pipe(mapping, v.record(profileName, count))

function findContradiction(fields: Partial<Record<string, unknown>>): FieldProblem {
  const { 'mig-enabled': enabled, 'mig-devices': wanted } = fields
  const problem = contradiction(enabled, wanted)
  return problem === null ? null : ['mig-devices', problem]
}

function contradiction(enabled: unknown, wanted: unknown): string | null {
  if (enabled === true && (wanted === undefined || wanted === null))
    return 'is missing: with mig-enabled it says how many MIG devices of each size; {} means none'
  if (typeof wanted !== 'object' || wanted === null) return null
  if (enabled === false && Object.keys(wanted).length > 0)
    return 'must be empty when mig-enabled is false'
  return isAllZero(wanted) ? onlyZero : null
}

// Fields that are present but undefined count as absent, because the reader of a document drops them.
export const entryV1: v.GenericSchema<unknown, MigConfigEntry> = v.pipe(
  mapping,
  v.objectWithRest(
    {
      'device-filter': v.nullish(pciFilter),
      devices,
      'mig-enabled': mode,
      'mig-devices': v.nullish(migDevices),
    },
    v.never('is not a field of an entry'),
    'is missing',
  ),
  checkFields(findContradiction),
  v.metadata({
    if: { properties: { 'mig-enabled': { const: true } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: {
      required: ['mig-devices'],
      properties: { 'mig-devices': { type: 'object', ...someCount } },
    },
    else: { properties: { 'mig-devices': { maxProperties: 0 } } },
  }),
) as v.GenericSchema as v.GenericSchema<unknown, MigConfigEntry>
