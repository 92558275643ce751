import type {
  ConfigureNodesOptions,
  FleetInUse,
  FleetNodeConfig,
} from '../../../types/fleet/moves.js'
import type { Fleet } from '../../../types/fleet/online.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'
import { copyPlain } from '../../model/copy-plain.js'
import { requireList, requireObject, requireText } from '../model/check-form.js'
import { createFleetModels } from '../model/fleet-model.js'
import { invalid } from '../model/invalid.js'
import { limitNamedGpus } from '../model/limits.js'
import { gpuName } from '../model/member-name.js'
import { checkFleetOptions } from '../model/option-rules.js'
import { type FleetGpuEntry, readGpus } from '../model/read-gpus.js'
import { type ConfiguredGpu, configureEach } from './node-config.js'

/**
 * Makes a configuration for each node, with which `applyMigConfig` gives its GPUs exactly what the fleet
 * holds there. A GPU without a node is a node of its own.
 *
 * Throws `MIG_FLEET_INVALID` for GPUs that make no sense and for a node that the fleet does not have.
 */
export function configureNodes(
  fleet: FleetInUse | Pick<Fleet, 'snapshot'>,
  given: ConfigureNodesOptions = {},
): readonly FleetNodeConfig[] {
  requireObject(fleet, ['fleet'])
  const options = copyPlain(given)
  checkFleetOptions('configureNodes', options)
  const { nodes, selectorOf = (gpu) => gpu } = options
  if (nodes !== undefined) requireList(nodes, ['nodes'])
  const { gpus } = 'snapshot' in fleet ? fleet.snapshot() : fleet
  const entries = readGpus(createFleetModels(), gpus)
  limitNamedGpus(entries)
  const configured = entries.flatMap(configureGpus)
  const all = configureEach(configured, 'fleet', selectorOf)
  if (nodes === undefined) return all
  const byNode = new Map(all.map((each) => [each.node, each]))
  return nodes.map((node, index) => {
    requireText(node, ['nodes', index])
    const found = byNode.get(node)
    if (found === undefined) throw invalid(['nodes', index], `is ${node}, no node of the fleet`)
    return found
  })
}

function configureGpus({ gpu, count, model }: FleetGpuEntry): readonly ConfiguredGpu[] {
  return Array.from({ length: count }, (_, number) => ({
    gpu: gpuName(gpu, number),
    node: gpu.node ?? null,
    instances: listInstances(gpu, model),
  }))
}

function listInstances(
  { layout = [], migEnabled = true }: FleetGpu,
  { tables }: FleetGpuEntry['model'],
): ConfiguredGpu['instances'] {
  if (!migEnabled) return null
  return layout
    .filter(({ plan }) => plan !== 'room')
    .map(({ profileId, placement }) => ({
      profileName: tables.profileById.get(profileId)?.profile.name ?? '',
      placement,
    }))
    .sort((a, b) => a.placement.start - b.placement.start)
}
