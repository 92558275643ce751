import type { NodeLabelOptions } from '../../types/kubernetes/labels.js'
import type { AnyGpuState } from '../../types/model/state.js'
import { findCatalogGpu } from '../model/catalog.js'
import { cleanValue, type Labels, under } from './label-values.js'
import type { NodeGpu } from './node-gpus.js'

/** Labels of the whole GPUs of one model. Those with MIG off come before those with MIG on. */
export function gpuLabels(
  gpus: readonly NodeGpu[],
  { computeCapability }: Pick<NodeLabelOptions, 'computeCapability'>,
): Labels {
  const shown = gpus.findLast(({ isMigOn }) => !isMigOn) ?? gpus.at(-1)
  if (shown === undefined) return {}
  const { gpu, isMigOn } = shown
  const capability = computeCapability ?? capabilityOf(gpu)
  return under('gpu', {
    product: cleanValue(gpu.name),
    count: gpus.filter((other) => other.gpu.name === gpu.name).length,
    replicas: isMigOn ? 0 : 1,
    'sharing-strategy': 'none',
    ...(gpu.memoryMiB ? { memory: gpu.memoryMiB } : {}),
    ...(capability === null ? {} : architectureOf(capability)),
  })
}

function capabilityOf({ pciDeviceId, name }: AnyGpuState): string | null {
  return findCatalogGpu(pciDeviceId, name)?.computeCapability ?? null
}

function architectureOf(capability: string): Readonly<Record<string, string>> {
  const [major = '', minor = ''] = capability.split('.')
  return {
    family: familyOf(Number(major), Number(minor)),
    'compute.major': major,
    'compute.minor': minor,
  }
}

const families: Readonly<Record<number, string>> = {
  1: 'tesla',
  2: 'fermi',
  3: 'kepler',
  5: 'maxwell',
  6: 'pascal',
  9: 'hopper',
  10: 'blackwell',
  12: 'blackwell',
  13: 'rubin',
}

/** As gpu-feature-discovery v0.20 names them. */
function familyOf(major: number, minor: number): string {
  if (major === 7) return minor < 5 ? 'volta' : 'turing'
  if (major === 8) return minor < 9 ? 'ampere' : 'ada-lovelace'
  return families[major] ?? 'undefined'
}
