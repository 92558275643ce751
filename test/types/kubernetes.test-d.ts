import { expectError, expectType } from 'tsd'
import type { MigState } from '../../dist/index.js'
import {
  type AllocationPreview,
  allocationPreview,
  checkStrategy,
  type MigStrategy,
  type NodeLabels,
  nodeLabels,
  type PodRequest,
  podRequest,
  profileOf,
  resourceNames,
  type StrategyProblem,
  strategyOf,
} from '../../dist/kubernetes.js'

declare const state: MigState

expectType<NodeLabels>(nodeLabels(state, { strategy: 'mixed', cudaVersion: '13.0' }))
expectError(nodeLabels(state, { strategy: 'all' }))
expectError(nodeLabels(state))
expectType<readonly StrategyProblem[]>(checkStrategy(state, { strategy: 'single' }))
expectType<MigStrategy | null>(strategyOf(state))
expectType<readonly (`GPU-${string}` | `MIG-${string}` | null)[] | undefined>(
  resourceNames(state, { strategy: 'none' })['nvidia.com/gpu'],
)
expectType<string | null>(profileOf('nvidia.com/mig-1g.5gb'))
expectType<PodRequest>(podRequest('1g.5gb', { strategy: 'mixed' }))
expectError(podRequest('1g.5gb', { strategy: 'none' }))
expectType<AllocationPreview>(allocationPreview(state, { strategy: 'mixed', limits: { a: 1 } }))
