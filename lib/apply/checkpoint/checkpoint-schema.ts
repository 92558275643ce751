import * as v from 'valibot'
import type { MigCheckpoint, PartedCheckpoint } from '../../../types/checkpoint.js'
import type { GpuUuid } from '../../../types/state.js'
import { mapping, wholeNumber } from '../../config/schema/schema-parts.js'

/** The grammar of checkpoints. Messages read on after the place that they are about. */

const text = v.string(({ received }) => `must be text, not ${received}`)

const amount = v.pipe(
  wholeNumber,
  v.minValue(0, ({ received }) => `must be 0 or more, not ${received}`),
)

const flag = v.boolean(({ received }) => `must be true or false, not ${received}`)

const uuid = v.custom<GpuUuid>(
  (input) => typeof input === 'string' && /^GPU-[\w-]+$/.test(input),
  ({ received }) => `must be the UUID of a GPU, not ${received}`,
)

// What a later version of this package adds is of no account to this one.
function object<Entries extends v.ObjectEntries>(
  entries: Entries,
): v.LooseObjectSchema<Entries, string> {
  return v.looseObject(entries, 'is missing')
}

function list<T>(item: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T[]> {
  return v.array(item, ({ received }) => `must be a list, not ${received}`)
}

const placement = v.pipe(mapping, object({ start: amount, size: amount }))

const gpuInstance = object({
  profileId: amount,
  profileName: text,
  placement,
  computeInstances: list(
    object({
      profileId: amount,
      name: text,
      sliceCount: amount,
      placement: v.nullable(placement),
    }),
  ),
})

const gpu = object({
  uuid,
  index: amount,
  name: text,
  mig: v.pipe(mapping, object({ enabled: flag, pending: flag })),
  gpuInstances: list(gpuInstance),
})

export const checkpointSchema: v.GenericSchema<unknown, MigCheckpoint> = object({
  version: v.literal('mig-nvml/checkpoint/v1'),
  takenAt: text,
  driverVersion: text,
  gpus: list(gpu),
})

// Go writes null for an empty list.
const partedInstances = v.nullable(
  list(
    object({
      ProfileID: amount,
      Placement: v.pipe(mapping, object({ Start: amount, Size: amount })),
      ComputeInstances: v.nullable(list(object({ ProfileID: amount, EngProfileID: amount }))),
    }),
  ),
)

export const partedSchema: v.GenericSchema<unknown, PartedCheckpoint> = object({
  Version: v.exactOptional(
    v.picklist(['v1', ''], ({ received }) => `must be "v1", not ${received}`),
  ),
  MigState: v.pipe(
    mapping,
    object({
      Devices: v.nullable(
        list(
          object({
            UUID: uuid,
            MigMode: v.picklist([0, 1], ({ received }) => `must be 0 or 1, not ${received}`),
            GpuInstances: partedInstances,
          }),
        ),
      ),
    }),
  ),
})
