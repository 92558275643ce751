import * as v from 'valibot'
import type { Placement } from '../../../types/model/geometry.js'
import type { GpuUuid } from '../../../types/model/state.js'
import { mapping, otherThan, wholeNumber } from './schema-parts.js'

/** Parts of the schemas of documents that this package writes itself, such as a checkpoint. */

export const text: v.GenericSchema<string> = v.string(
  (issue) => `must be text, ${otherThan(issue)}`,
)

export const amount: v.GenericSchema<number> = v.pipe(
  wholeNumber,
  v.minValue(0, (issue) => `must be 0 or more, ${otherThan(issue)}`),
)

export const flag: v.GenericSchema<boolean> = v.boolean(
  (issue) => `must be true or false, ${otherThan(issue)}`,
)

export const gpuUuid: v.GenericSchema<GpuUuid> = v.custom<GpuUuid>(
  (input) => typeof input === 'string' && /^GPU-[\w-]+$/.test(input),
  (issue) => `must be the UUID of a GPU, ${otherThan(issue)}`,
)

// Fields that a later version of this package adds are ignored.
export function object<Entries extends v.ObjectEntries>(
  entries: Entries,
): v.LooseObjectSchema<Entries, string> {
  return v.looseObject(entries, 'is missing')
}

/** The same limits as for the driver: native/nvml/bounds.h. */
export const mostGpus = 248
export const mostInstances = 64

export function list<T>(
  item: v.GenericSchema<unknown, T>,
  most: number,
): v.GenericSchema<unknown, T[]> {
  const short = v.custom<unknown[]>(
    (input) => !Array.isArray(input) || input.length <= most,
    ({ input }) => `has ${(input as unknown[]).length} items, and there can be at most ${most}`,
  )
  return v.pipe(
    short,
    v.array(item, (issue) => `must be a list, ${otherThan(issue)}`),
  )
}

export const placement: v.GenericSchema<unknown, Placement> = v.pipe(
  mapping,
  object({ start: amount, size: amount }),
)
