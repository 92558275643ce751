import type { MigStrategy, StrategyProblem } from '../../types/kubernetes/strategy.js'
import { formatGpus } from '../model/gpu-text.js'
import { compareProfileNames } from '../model/profile-names.js'
import type { NodeGpu } from './node-gpus.js'
import { isPart } from './resource-name.js'

// Sources: NVIDIA's device plugin and gpu-feature-discovery v0.20. Where the two disagree, the plugin decides whether pods get
// anything.

type Found = Pick<StrategyProblem, 'kind' | 'severity' | 'message'>

/** What the devices of a node have that the strategy does not bear. */
export function findProblems(
  gpus: readonly NodeGpu[],
  strategy: MigStrategy,
): readonly StrategyProblem[] {
  switch (strategy) {
    case 'none':
      return findHidden(gpus)
    case 'single':
      return gpus.some(({ isMigOn }) => isMigOn) ? findUnequal(gpus) : []
    case 'mixed':
      return [...findParts(gpus), ...findEmpty(gpus, 'warning')]
    default:
      return strategy satisfies never
  }
}

function findHidden(gpus: readonly NodeGpu[]): readonly StrategyProblem[] {
  return about(
    gpus.filter(({ isMigOn }) => isMigOn),
    {
      kind: 'hidden-devices',
      severity: 'warning',
      message: 'MIG is on, and pods get the GPU as a whole: no program can use it so',
    },
  )
}

function findUnequal(gpus: readonly NodeGpu[]): readonly StrategyProblem[] {
  const names = [...new Set(gpus.flatMap(({ devices }) => devices.map(({ name }) => name)))]
  return [
    ...findEmpty(gpus, 'invalid'),
    ...about(
      gpus.filter(({ isMigOn }) => !isMigOn),
      {
        kind: 'mig-on-some',
        severity: 'invalid',
        message: 'MIG is off here, and other GPUs of the node have it on',
      },
    ),
    ...(names.length < 2
      ? []
      : about(
          gpus.filter(({ isMigOn }) => isMigOn),
          {
            kind: 'several-sizes',
            severity: 'invalid',
            message: `the node has MIG devices of several sizes: ${names.toSorted(compareProfileNames).join(', ')}`,
          },
        )),
  ]
}

function findEmpty(
  gpus: readonly NodeGpu[],
  severity: StrategyProblem['severity'],
): readonly StrategyProblem[] {
  return about(
    gpus.filter(({ isMigOn, devices, seesAll }) => isMigOn && seesAll && devices.length === 0),
    { kind: 'empty-gpu', severity, message: 'MIG is on, and there is no MIG device' },
  )
}

/** The plugin registers a resource for each profile only, and ends when it meets a device without one. */
function findParts(gpus: readonly NodeGpu[]): readonly StrategyProblem[] {
  const parts = [
    ...new Set(gpus.flatMap(({ devices }) => devices.map(({ name }) => name).filter(isPart))),
  ]
  return about(
    gpus.filter(({ devices }) => devices.some(({ name }) => isPart(name))),
    {
      kind: 'part-of-instance',
      severity: 'invalid',
      message: `no resource of the device plugin matches ${parts.toSorted(compareProfileNames).join(', ')}`,
    },
  )
}

/** A problem of these GPUs; none if there is no such GPU. */
export function about(
  gpus: readonly NodeGpu[],
  { kind, severity, message }: Found,
): readonly StrategyProblem[] {
  if (gpus.length === 0) return []
  return [
    {
      kind,
      severity,
      gpus: gpus.map(({ gpu }) => gpu.index),
      message: `${formatGpus(gpus.map(({ gpu }) => gpu))}: ${message}`,
    },
  ]
}
