import * as v from 'valibot'
import type { LayoutHolder, NodeLayout } from '../../../types/kubernetes/node-layout.js'
import type { GpuState, MigUuid } from '../../../types/model/state.js'
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
import { layoutVersion } from './node-layout.js'

/** As the annotation has it: without what the catalog knows. */
export type WrittenLayout = Omit<NodeLayout, 'state'> & {
  readonly state: Omit<NodeLayout['state'], 'gpus'> & {
    readonly gpus: readonly Omit<GpuState, 'geometry'>[]
  }
}

const time = v.pipe(
  text,
  v.check((input) => Number.isFinite(Date.parse(input)), 'must be a time'),
)

const deviceUuid = v.custom<MigUuid>(
  (input) => typeof input === 'string' && /^MIG-[\w/-]+$/.test(input),
  (issue) => `must be the UUID of a MIG device, ${otherThan(issue)}`,
)

const computeInstance = object({
  id: amount,
  profileId: amount,
  name: text,
  sliceCount: amount,
  placement: v.nullable(placement),
  uuid: v.nullable(deviceUuid),
})

const gpu = object({
  index: amount,
  uuid: gpuUuid,
  name: text,
  pciBusId: text,
  pciDeviceId: amount,
  pciSubsystemId: amount,
  minorNumber: v.nullable(amount),
  memoryMiB: v.nullable(amount),
  mig: v.nullable(v.pipe(mapping, object({ enabled: flag, pending: flag }))),
  gpuInstances: list(
    object({
      id: amount,
      profileId: amount,
      profileName: text,
      placement,
      computeInstances: list(computeInstance, mostInstances),
    }),
    mostInstances,
  ),
})

const pod = object({ namespace: text, name: text })

const holder: v.GenericSchema<unknown, LayoutHolder> = object({
  gpu: gpuUuid,
  gpuInstanceId: v.nullable(amount),
  computeInstanceId: v.nullable(amount),
  pods: list(pod, 32),
  morePods: amount,
  processes: amount,
})

export const layoutSchema: v.GenericSchema<unknown, WrittenLayout> = object({
  version: v.literal(layoutVersion),
  readAt: time,
  validUntil: time,
  run: amount,
  state: v.pipe(
    mapping,
    object({
      driverVersion: text,
      gpus: list(gpu, mostGpus),
      lostGpus: list(object({ index: amount, uuid: v.nullable(gpuUuid) }), mostGpus),
    }),
  ),
  holders: list(holder, mostGpus * mostInstances),
})
