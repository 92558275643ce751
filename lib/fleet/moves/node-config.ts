import type { MigNvmlConfigDocument } from '../../../types/config/mig-nvml-config.js'
import type { Placement } from '../../../types/model/geometry.js'
import { groupBy } from '../../model/group-by.js'
import { invalid } from '../model/invalid.js'

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
        [name]: selectEach(own, selectorOf).map(({ gpu: { instances }, devices }) => ({
          devices,
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

/** Two GPUs with one selector would each get what the other is to have. */
function selectEach(
  gpus: readonly ConfiguredGpu[],
  selectorOf: (gpu: string) => string | number,
): readonly { readonly gpu: ConfiguredGpu; readonly devices: string | number }[] {
  const owners = new Map<string, string>()
  return gpus.map((gpu) => {
    const devices = selectorOf(gpu.gpu)
    const owner = owners.get(String(devices))
    if (owner !== undefined)
      throw invalid(
        ['selectorOf'],
        `gives ${JSON.stringify(devices)} for ${owner} and for ${gpu.gpu} of one node`,
      )
    owners.set(String(devices), gpu.gpu)
    return { gpu, devices }
  })
}
