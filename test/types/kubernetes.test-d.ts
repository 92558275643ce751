import { expectError, expectType } from 'tsd'
import type { Geometry, MigState } from '../../dist/index.js'
import {
  type AllocationPreview,
  allocationPreview,
  type ClaimedGpu,
  checkStrategy,
  claimsToLayout,
  claimTemplate,
  type DeviceClass,
  type DeviceOrder,
  deviceClasses,
  deviceOrder,
  judgeOrder,
  type MigStrategy,
  type NodeLabels,
  nodeLabels,
  type PodRequest,
  podRequest,
  profileOf,
  type ResourceClaim,
  type ResourceClaimTemplate,
  type ResourceSlice,
  resourceClaim,
  resourceNames,
  resourceSlices,
  type StrategyProblem,
  simulateAllocation,
  strategyOf,
} from '../../dist/kubernetes.js'

declare const state: MigState
declare const geometry: Geometry

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

const slices = resourceSlices(state, { node: 'n', partitions: 'all' })
expectType<readonly ResourceSlice[]>(slices)
expectType<readonly ResourceSlice[]>(
  resourceSlices(state, {
    node: 'n',
    partitions: 'all',
    order: ({ profiles }, gpu) =>
      gpu.index === 0 ? profiles.map(({ name }) => ({ profile: name, start: 0 })) : [],
    attributes: { 'GPU-1': { brand: { string: 'Nvidia' } } },
  }),
)
expectError(resourceSlices(state, { node: 'n' }))
expectError(resourceSlices(state, { node: 'n', partitions: 'some' }))
expectError(
  resourceSlices(state, { node: 'n', partitions: 'all', attributes: { 'GPU-1': { brand: 'x' } } }),
)
expectType<readonly DeviceClass[]>(deviceClasses(['3g.20gb'], { extendedResourceNames: false }))
const claim = resourceClaim({ gpu: { profile: '3g.20gb' } }, { name: 'c' })
expectType<ResourceClaim>(claim)
expectType<ResourceClaimTemplate>(claimTemplate({ gpu: {} }, { name: 'c', sameGpu: true }))
expectError(resourceClaim({ gpu: { profile: 3 } }, { name: 'c' }))
expectError(resourceClaim({ gpu: {} }, {}))
expectType<readonly ResourceClaim[] | null>(
  simulateAllocation(slices, [claim], { others: [claim] }),
)
expectType<readonly ClaimedGpu[]>(claimsToLayout(state, [claim], { node: 'n' }))
expectError(claimsToLayout(state, [claim], {}))

expectType<DeviceOrder>(deviceOrder(geometry, { demand: [{ profileId: 19, weight: 2 }], load: 1 }))
expectError(deviceOrder(geometry, { minimise: 'both' }))
expectError(deviceOrder(geometry, { layout: 'empty' }))
resourceSlices(state, { node: 'n', partitions: 'all', order: (gpu) => deviceOrder(gpu).placements })
expectType<number>(judgeOrder(geometry, [{ profile: '3g.20gb', start: 4 }]).fills.refused.order)
expectError(judgeOrder(geometry, [{ profile: '3g.20gb' }]))
