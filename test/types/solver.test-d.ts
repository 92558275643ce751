import { expectError, expectType } from 'tsd'
import {
  checkLayout,
  chooseProfile,
  compileGeometry,
  describeInfeasible,
  describeLayout,
  describePartition,
  explainInfeasible,
  type FitsResult,
  findCreationOrder,
  fits,
  type Geometry,
  type GeometryTables,
  isSamePartition,
  type Layout,
  listLayouts,
  maxAdditional,
  type Partition,
  partitionOf,
  placePartition,
  possiblePartitions,
  remaining,
  repartition,
} from '../../dist/solver.js'

declare const geometry: Geometry
declare const layout: Layout
declare const partition: Partition

// A geometry and its compiled form serve alike.
const tables = compileGeometry(geometry)
expectType<GeometryTables>(tables)
expectType<FitsResult>(fits(geometry, layout, partition))
expectType<FitsResult>(fits(tables, layout, partition))
expectType<readonly Partition[]>(possiblePartitions(tables, { dominated: true }))
for (const each of listLayouts(tables)) expectType<Layout>(each)

// Its parts in another order, or left out.
expectError(fits(geometry, partition, layout))
expectError(fits(geometry, layout))
expectError(maxAdditional(geometry, layout, '1g.5gb'))
expectError(maxAdditional(geometry, 19, layout))
expectError(remaining(layout, geometry))
expectError(checkLayout(geometry, partition))
expectError(describeLayout(layout))
expectError(describePartition(geometry, partition))
expectError(partitionOf(partition))
expectError(isSamePartition(layout, layout))
expectError(findCreationOrder(geometry))

// Names where numbers are meant, and misspelt options.
expectError(fits(geometry, layout, [{ profile: '1g.5gb', count: 1 }]))
expectError(fits(geometry, layout, [{ profileId: 19, count: 1 }]))
expectError(fits(geometry, layout, { '1g.5gb': 7 }))
expectError(placePartition({ partition }))
expectError(placePartition({ gpu: geometry, partition, prefer: 'first-fit' }))
expectError(placePartition({ gpu: geometry, partition, prefer: { demand: [{ profileId: 19 }] } }))
expectError(placePartition({ gpu: geometry, wanted: partition }))
expectError(repartition({ gpu: geometry, partition }))
expectError(repartition({ gpu: geometry, wanted: partition, live: 'yes' }))
expectError(repartition({ gpu: geometry, wanted: partition, costs: { profiles: [{ create: 1 }] } }))
expectError(chooseProfile(geometry, { memory: 4000 }))
expectError(chooseProfile(geometry, { engines: { decoders: 1 } }))
expectError(chooseProfile(geometry, {}, { keep: layout }))
expectError(explainInfeasible(geometry, partition, { answer: 3 }))
expectError(possiblePartitions(geometry, { dominant: true }))

// Answers are told apart by their kind before they are used.
const placed = placePartition({ gpu: geometry, partition })
expectError(placed.layout)
if (placed.kind === 'layout') expectType<Layout>(placed.layout)
else describeInfeasible(placed.reason as never, geometry)
const fit = fits(geometry, layout, partition)
expectError(fit.reason)
if (!fit.fits)
  expectType<'compute-slices' | 'memory-units' | 'profile-maximum' | 'engines' | 'blocked'>(
    fit.reason.kind,
  )
const chosen = chooseProfile(geometry, { memoryMiB: 4000 })
expectError(chosen.profileId)
if (chosen.kind === 'profile') expectType<number>(chosen.profileId)
const target = repartition({ gpu: geometry, wanted: partition })
if (target.kind === 'repartition') expectError(target.steps.push())
expectError(layout[0]?.computeInstances.pop())
