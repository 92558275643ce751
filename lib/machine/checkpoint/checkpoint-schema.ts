import * as v from 'valibot'
import type { MigCheckpoint, PartedCheckpoint } from '../../../types/machine/checkpoint.js'
import type { GpuUuid } from '../../../types/model/state.js'
import { mapping, otherThan, wholeNumber } from '../../config/schema/schema-parts.js'

/** The grammar of checkpoints. Messages continue a sentence that begins with the path in the document. */

const text = v.string((issue) => `must be text, ${otherThan(issue)}`)

const amount = v.pipe(
  wholeNumber,
  v.minValue(0, (issue) => `must be 0 or more, ${otherThan(issue)}`),
)

const flag = v.boolean((issue) => `must be true or false, ${otherThan(issue)}`)

const uuid = v.custom<GpuUuid>(
  (input) => typeof input === 'string' && /^GPU-[\w-]+$/.test(input),
  (issue) => `must be the UUID of a GPU, ${otherThan(issue)}`,
)

// Fields that a later version of this package adds are ignored.
function object<Entries extends v.ObjectEntries>(
  entries: Entries,
): v.LooseObjectSchema<Entries, string> {
  return v.looseObject(entries, 'is missing')
}

/** The same limits as for the driver: native/nvml/bounds.h. */
const mostGpus = 248
const mostInstances = 64

function list<T>(item: v.GenericSchema<unknown, T>, most: number): v.GenericSchema<unknown, T[]> {
  const short = v.custom<unknown[]>(
    (input) => !Array.isArray(input) || input.length <= most,
    ({ input }) => `has ${(input as unknown[]).length} items, and there can be at most ${most}`,
  )
  return v.pipe(
    short,
    v.array(item, (issue) => `must be a list, ${otherThan(issue)}`),
  )
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
    mostInstances,
  ),
})

const gpu = object({
  uuid,
  index: amount,
  name: text,
  mig: v.pipe(mapping, object({ enabled: flag, pending: flag })),
  gpuInstances: list(gpuInstance, mostInstances),
})

export const checkpointSchema: v.GenericSchema<unknown, MigCheckpoint> = object({
  version: v.literal('mig-nvml/checkpoint/v1'),
  takenAt: text,
  driverVersion: text,
  gpus: list(gpu, mostGpus),
})

// Go writes null for an empty list.
const partedInstances = v.nullable(
  list(
    object({
      ProfileID: amount,
      Placement: v.pipe(mapping, object({ Start: amount, Size: amount })),
      ComputeInstances: v.nullable(
        list(object({ ProfileID: amount, EngProfileID: amount }), mostInstances),
      ),
    }),
    mostInstances,
  ),
)

export const partedSchema: v.GenericSchema<unknown, PartedCheckpoint> = object({
  Version: v.exactOptional(v.picklist(['v1', ''], (issue) => `must be "v1", ${otherThan(issue)}`)),
  MigState: v.pipe(
    mapping,
    object({
      Devices: v.nullable(
        list(
          object({
            UUID: uuid,
            MigMode: v.picklist([0, 1], (issue) => `must be 0 or 1, ${otherThan(issue)}`),
            GpuInstances: partedInstances,
          }),
          mostGpus,
        ),
      ),
    }),
  ),
})
