import type { MigNvmlConfigDocument } from '../../../types/config/mig-nvml-config.js'
import type { Placement } from '../../../types/model/geometry.js'
import { groupBy } from '../../model/group-by.js'

/** A GPU of a node. `instances` null: MIG is off. */
export interface ConfiguredGpu {
  readonly gpu: string
  /** Null: a node of its own. */
  readonly node: string | null
  readonly instances:
    | readonly { readonly profileName: string; readonly placement: Placement }[]
    | null
}

export interface NodeConfig {
  readonly node: string
  readonly config: MigNvmlConfigDocument
}

/** A configuration for each node: these GPUs with these instances, and nothing else on them. */
export function configureEach(
  gpus: readonly ConfiguredGpu[],
  name: string,
  selectorOf: (gpu: string) => string | number,
): readonly NodeConfig[] {
  const nodes = groupBy(gpus, ({ node, gpu }) => node ?? gpu)
  return Array.from(nodes, ([node, own]) => ({
    node,
    config: {
      version: 'mig-nvml/v1',
      'mig-configs': {
        [name]: own.map(({ gpu, instances }) => ({
          devices: selectorOf(gpu),
          'mig-enabled': instances !== null,
          ...(instances !== null && {
            placements: instances.map(({ profileName, placement }) => ({
              profile: profileName,
              start: placement.start,
            })),
          }),
        })),
      },
    },
  }))
}
