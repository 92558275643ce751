import * as v from 'valibot'
import { findCatalogModel } from '../model/catalog.js'
import { formatPciId, parsePciIds } from '../model/pci-ids.js'
import { parseProfileName } from '../model/profile-names.js'

/** The grammar of a document, version 1. Messages read on after the place that they are about. */

const mapping = v.custom<Record<string, unknown>>(
  // Not a Map or the like, whose contents would go unseen.
  (input) => Object.prototype.toString.call(input) === '[object Object]',
  ({ received }) => `must be a mapping, not ${received}`,
)

const text = (received: unknown): string =>
  typeof received === 'number'
    ? `must be text: put it in quotes, "${formatPciId(received)}"`
    : 'must be text'

const pciFilter = v.pipe(
  v.string(({ input }) => text(input)),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.value === '') return
    const result = parsePciIds(dataset.value)
    if (result.kind === 'malformed') {
      addIssue({ message: suggestForModel(dataset.value) ?? result.problem })
    }
  }),
)

// Model names are the commonest mistake here. NVIDIA's tool takes them and matches no GPU.
function suggestForModel(model: string): string | null {
  const ids = findCatalogModel(model)?.products.map(({ pciDeviceId }) => pciDeviceId) ?? []
  const filters = [...new Set(ids)].filter((id) => id !== null).map((id) => `"${formatPciId(id)}"`)
  return filters.length === 0
    ? null
    : `names a model, but a filter takes PCI ids: of this model and its twins ${filters.join(', ')}`
}

const filter = v.lazy((input) => (Array.isArray(input) ? v.array(pciFilter) : pciFilter))

const whole = ({ received }: { readonly received: string }): string =>
  `must be a whole number, not ${received}`

const indexes = v.array(
  v.pipe(
    v.number(whole),
    v.check((index) => Number.isSafeInteger(index), whole),
  ),
)

const devices = v.lazy((input) =>
  Array.isArray(input)
    ? indexes
    : v.literal(
        'all',
        ({ received }) => `must be "all" or a list of GPU indexes such as [0, 1], not ${received}`,
      ),
)

const profileName = v.pipe(
  v.string(),
  v.check(
    (name) => parseProfileName(name) !== null,
    'is not the name of a profile, such as 1g.5gb, 1c.3g.20gb or 1g.5gb+me',
  ),
)

const count = v.pipe(
  v.number(whole),
  v.check(
    (number) => Number.isSafeInteger(number) && number >= 0,
    ({ received }) => `must be a whole number, 0 or more, not ${received}`,
  ),
)

const migDevices = v.pipe(mapping, v.record(profileName, count))

const entryFields = v.objectWithRest(
  {
    'device-filter': v.nullish(filter),
    devices,
    'mig-enabled': v.boolean(({ received }) => `must be true or false, not ${received}`),
    'mig-devices': v.nullish(migDevices),
  },
  v.never('is not a field of an entry'),
  'is missing',
)

const entry = v.pipe(
  mapping,
  entryFields,
  v.rawCheck(({ dataset, addIssue }) => {
    const fields: Partial<Record<string, unknown>> = Object(dataset.value)
    const problem = findContradiction(fields['mig-enabled'], fields['mig-devices'])
    if (problem === null) return
    const key = 'mig-devices'
    const value = fields[key]
    addIssue({
      message: problem,
      path: [{ type: 'object', origin: 'value', input: fields, key, value }],
    })
  }),
)

function findContradiction(enabled: unknown, wanted: unknown): string | null {
  if (enabled === true && (wanted === undefined || wanted === null)) {
    return 'is missing: with mig-enabled it says how many MIG devices of each size; {} means none'
  }
  if (typeof wanted !== 'object' || wanted === null) return null
  const counts = Object.values(wanted)
  if (enabled === false && counts.length > 0) return 'must be empty when mig-enabled is false'
  return counts.length > 0 && counts.every((number) => number === 0)
    ? 'has only counts of 0: write {} for no MIG devices'
    : null
}

const entries = v.pipe(
  v.array(entry, ({ received }) => `must be a list of entries, not ${received}`),
  v.minLength(1, 'needs at least one entry'),
)

const configs = v.pipe(
  mapping,
  v.record(v.string(), entries),
  v.check((byName) => Object.keys(byName).length > 0, 'needs at least one configuration'),
)

/** A document as the schema leaves it: absent fields may be `undefined`. */
export interface ValidDocument {
  readonly version: 'v1'
  readonly 'mig-configs'?: Readonly<Record<string, readonly ValidEntry[]>> | undefined
}

export interface ValidEntry {
  readonly 'device-filter'?: string | readonly string[] | null | undefined
  readonly devices: 'all' | readonly number[]
  readonly 'mig-enabled': boolean
  readonly 'mig-devices'?: Readonly<Record<string, number>> | null | undefined
}

export const documentSchema: v.GenericSchema<unknown, ValidDocument> = v.pipe(
  mapping,
  v.objectWithRest(
    {
      version: v.literal('v1', ({ received }) => `must be the text "v1", not ${received}`),
      'mig-configs': v.optional(configs),
    },
    v.never('is not a field of a MIG configuration document'),
    'is missing',
  ),
)
