import type { Rule } from '../../model/checks/find-fault.js'
import {
  either,
  flag,
  listOf,
  nonEmpty,
  object,
  oneOf,
  openObjectOf,
  text,
  wholeFrom,
} from '../../model/checks/kinds.js'

// Objects of the API, down to where they are read. What else they have is ignored.

const selector = openObjectOf({ cel: openObjectOf({ expression: text }, 'expression') }, 'cel')

const need = {
  name: nonEmpty,
  deviceClassName: nonEmpty,
  selectors: listOf(selector),
  allocationMode: oneOf('ExactCount', 'All'),
  count: wholeFrom(1),
  tolerations: listOf(object),
}

const request = openObjectOf(
  {
    name: nonEmpty,
    exactly: openObjectOf(need, 'deviceClassName'),
    firstAvailable: listOf(openObjectOf(need, 'name', 'deviceClassName')),
  },
  'name',
)

const constraint = openObjectOf({
  requests: listOf(text),
  matchAttribute: text,
  distinctAttribute: text,
})

const result = openObjectOf(
  { request: text, driver: nonEmpty, pool: nonEmpty, device: nonEmpty, adminAccess: flag },
  'driver',
  'pool',
  'device',
)

const allocation = openObjectOf({ devices: openObjectOf({ results: listOf(result) }) })

export const claimsRule: Rule = listOf(
  openObjectOf(
    {
      metadata: openObjectOf({ name: nonEmpty }, 'name'),
      spec: openObjectOf(
        {
          devices: openObjectOf({
            // The API server writes null for an empty list here.
            requests: either(oneOf(null), listOf(request)),
            constraints: listOf(constraint),
          }),
        },
        'devices',
      ),
      status: openObjectOf({ allocation }),
    },
    'spec',
    'metadata',
  ),
)

/** By names that are the driver's. */
const objects: Rule = { ...object, items: object }

const device = openObjectOf(
  {
    name: nonEmpty,
    attributes: objects,
    consumesCounters: listOf(
      openObjectOf({ counterSet: nonEmpty, counters: objects }, 'counterSet', 'counters'),
    ),
    taints: listOf(object),
  },
  'name',
)

export const slicesRule: Rule = listOf(
  openObjectOf(
    {
      metadata: openObjectOf({ name: nonEmpty }, 'name'),
      spec: openObjectOf(
        {
          driver: nonEmpty,
          nodeName: nonEmpty,
          pool: openObjectOf(
            { name: nonEmpty, generation: wholeFrom(0), resourceSliceCount: wholeFrom(0) },
            'name',
            'generation',
            'resourceSliceCount',
          ),
          devices: listOf(device),
          sharedCounters: listOf(
            openObjectOf({ name: nonEmpty, counters: objects }, 'name', 'counters'),
          ),
        },
        'driver',
        'nodeName',
        'pool',
      ),
    },
    'metadata',
    'spec',
  ),
)

export const classesRule: Rule = listOf(
  openObjectOf(
    {
      metadata: openObjectOf({ name: nonEmpty }, 'name'),
      spec: openObjectOf({ selectors: listOf(selector) }),
    },
    'metadata',
    'spec',
  ),
)
