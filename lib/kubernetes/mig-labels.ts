import type { MigStrategy } from '../../types/kubernetes/strategy.js'
import { groupBy } from '../model/group-by.js'
import { cleanValue, type Labels, under } from './label-values.js'
import type { NodeDevice, NodeGpu } from './node-gpus.js'
import { dottedName } from './resource-name.js'
import { findProblems } from './strategy-problems.js'

/** Labels of the MIG devices. With `single` they take the place of those of the GPUs. */
export function migLabels(gpus: readonly NodeGpu[], strategy: MigStrategy): Labels {
  if (strategy === 'none') return {}
  const [first] = gpus.filter(({ isMigOn }) => isMigOn)
  const labels = { 'mig.strategy': strategy }
  if (first === undefined) return labels
  if (strategy === 'single' && findProblems(gpus, 'single').length > 0)
    return { ...labels, ...invalidLabels(first) }
  return { ...labels, ...deviceLabels(gpus, strategy) }
}

/** Its GPU's family and compute capability stay. */
function invalidLabels({ gpu }: NodeGpu): Labels {
  return under('gpu', {
    product: `${cleanValue(gpu.name)}-MIG-INVALID`,
    count: 0,
    replicas: 0,
    memory: 0,
    'sharing-strategy': '',
  })
}

interface Placed {
  readonly model: string
  readonly device: NodeDevice
}

function deviceLabels(gpus: readonly NodeGpu[], strategy: 'single' | 'mixed'): Labels {
  const placed = gpus.flatMap(({ gpu, devices }) =>
    devices.map((device): Placed => ({ model: gpu.name, device })),
  )
  const byName = groupBy(placed, ({ device }) => device.name)
  return Object.assign(
    {},
    ...[...byName].map(([name, same]) =>
      under(strategy === 'single' ? 'gpu' : `mig-${dottedName(name)}`, valuesOf(name, same)),
    ),
  )
}

/** Devices of one size share the figures of the first. */
function valuesOf(
  name: string,
  same: readonly Placed[],
): Readonly<Record<string, string | number>> {
  const [first] = same
  if (first === undefined) return {}
  return {
    product: `${cleanValue(first.model)}-MIG-${dottedName(name)}`,
    count: same.length,
    replicas: 1,
    'sharing-strategy': 'none',
    ...attributesOf(first.device),
  }
}

/** NVML's attributes of a MIG device; what is not known of its profile is left out. */
function attributesOf({
  profile,
  multiprocessors,
  sliceCount,
}: NodeDevice): Readonly<Record<string, number>> {
  if (profile === null) return {}
  const { engines } = profile
  return {
    memory: profile.memoryMiB,
    ...(multiprocessors === null ? {} : { multiprocessors }),
    'slices.gi': profile.sliceCount,
    ...(sliceCount === null ? {} : { 'slices.ci': sliceCount }),
    'engines.copy': engines.copy,
    'engines.decoder': engines.decoder,
    'engines.encoder': engines.encoder,
    'engines.jpeg': engines.jpeg,
    'engines.ofa': engines.ofa,
  }
}
