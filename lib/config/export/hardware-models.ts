import type { Geometry } from '../../../types/model/geometry.js'
import type { AnyGpuState, MigState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { completeGeometry } from '../../model/geometry.js'
import { describeGpus } from '../../model/gpu-text.js'
import { groupBy } from '../../model/group-by.js'
import { formatPciIds } from '../../model/pci-ids.js'
import { describeUnknownGeometry, waitsForMig } from '../../model/unknown-geometry.js'
import { maxAdditional } from '../../solver/placing/max-additional.js'

/** GPUs of a machine that can be divided in the same ways and that filters can separate from others. */
export interface HardwareModel {
  readonly geometry: Geometry
  /** PCI ids, in the form of filters. */
  readonly filters: readonly string[]
  /** How many of each profile alone an empty GPU can hold. */
  readonly maxima: ReadonlyMap<string, number>
}

/** The models that can do MIG. `mixed`: the machine has GPUs of more than one model. */
export function listModels(state: MigState): {
  readonly models: readonly HardwareModel[]
  readonly mixed: boolean
} {
  const [lost] = state.lostGpus
  if (lost !== undefined) {
    throw new MigError(
      'MIG_GPU_LOST',
      `GPU ${lost.index} has fallen off the bus: the sizes that it has are not known`,
    )
  }
  const capable = state.gpus.filter(({ mig }) => mig !== null)
  if (capable.length === 0) {
    throw new MigError(
      'MIG_NOT_SUPPORTED',
      `No GPU of this machine can do MIG: it has ${describeGpus(state.gpus)}`,
    )
  }
  const known = capable.map((gpu) => ({ gpu, geometry: geometryOf(gpu, state) }))
  // Some boards with one id can be divided in different ways.
  const byId = groupBy(known, ({ gpu }) => gpu.pciDeviceId)
  const models = [...byId].flatMap(([device, boards]) => {
    const shapes = groupBy(boards, ({ geometry }) => JSON.stringify(sizesOf(geometry)))
    return [...shapes.values()].flatMap((same) => {
      const [first] = same
      if (first === undefined) return []
      const subsystems = shapes.size === 1 ? [null] : same.map(({ gpu }) => gpu.pciSubsystemId)
      const filters = [...new Set(subsystems)].map((subsystem) =>
        formatPciIds({ device, subsystem }),
      )
      return [{ geometry: first.geometry, filters, maxima: maximaOf(first.geometry) }]
    })
  })
  const all = new Set(state.gpus.map(({ pciDeviceId }) => pciDeviceId))
  return { models, mixed: models.length > 1 || all.size > 1 }
}

function geometryOf(gpu: AnyGpuState, { driverVersion }: MigState): Geometry {
  const geometry = completeGeometry(gpu, driverVersion)
  if (geometry !== null) return geometry
  throw new MigError(
    'MIG_GEOMETRY_UNKNOWN',
    `How ${describeGpus([gpu])} can be divided is not known: ${describeUnknownGeometry(gpu, driverVersion)}`,
    waitsForMig(gpu, driverVersion) ? { hint: 'Turn MIG mode on first.' } : {},
  )
}

function sizesOf({ profiles }: Geometry): readonly unknown[] {
  return profiles.map(({ id, name, placements }) => [id, name, placements])
}

function maximaOf(geometry: Geometry): ReadonlyMap<string, number> {
  return new Map(
    geometry.profiles.map(({ id, name }) => [name, maxAdditional(geometry, [], id)] as const),
  )
}
