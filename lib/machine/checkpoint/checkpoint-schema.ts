import * as v from 'valibot'
import type { MigCheckpoint, PartedCheckpoint } from '../../../types/machine/checkpoint.js'
import {
  amount,
  flag,
  gpuUuid,
  list,
  mostGpus,
  mostInstances,
  object,
  placement,
  text,
} from '../../config/schema/record-parts.js'
import { mapping, otherThan } from '../../config/schema/schema-parts.js'

/** The grammar of checkpoints. Messages continue a sentence that begins with the path in the document. */

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
  uuid: gpuUuid,
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
            UUID: gpuUuid,
            MigMode: v.picklist([0, 1], (issue) => `must be 0 or 1, ${otherThan(issue)}`),
            GpuInstances: partedInstances,
          }),
          mostGpus,
        ),
      ),
    }),
  ),
})
