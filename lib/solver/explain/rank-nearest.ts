import type { NearestPartition } from '../../../types/solver/explain.js'
import type { Partition } from '../../../types/solver/layout.js'
import { at, sum } from '../../model/numbers.js'
import { type DeviceSize, toWanted } from './device-fitter.js'

/** A partition that fits and may be one of the nearest. */
export interface Candidate {
  /** Devices of each size. */
  readonly counts: readonly number[]
  readonly slices: number
  /** Memory units of all devices, each with those of its GPU instance. */
  readonly units: number
}

export function measureCandidate(
  sizes: readonly DeviceSize[],
  counts: readonly number[],
): Candidate {
  return {
    counts: [...counts],
    slices: sum(sizes.map(({ sliceCount }, index) => sliceCount * at(counts, index))),
    units: sum(sizes.map(({ profile }, index) => profile.unitCount * at(counts, index))),
  }
}

/** A request, and the sizes that an answer may have. */
export interface RequestedSizes {
  readonly sizes: readonly DeviceSize[]
  /** Wanted devices of each size. */
  readonly request: readonly number[]
  /** Wanted sizes that the GPU does not have. */
  readonly absent: Partition
}

/** The nearest first. None is a part of another. */
export function pickNearest(
  found: readonly Candidate[],
  { sizes, request, absent }: RequestedSizes,
  answers: number,
): readonly NearestPartition[] {
  const known = measureCandidate(sizes, request)
  const strange = sum(absent.map(({ sliceCount, count }) => sliceCount * count))
  const whole = { ...known, slices: known.slices + strange }
  const picked: Candidate[] = []
  for (const candidate of found.toSorted((a, b) => compareCandidates(a, b, whole))) {
    if (picked.length >= answers) break
    const isPart = found.some((other) => other !== candidate && contains(other, candidate))
    if (!isPart) picked.push(candidate)
  }
  const partitionOf = (count: (index: number) => number): Partition =>
    sizes.flatMap((size, index) => {
      const devices = count(index)
      return devices > 0 ? [toWanted(size, devices)] : []
    })
  return picked.map(({ counts, slices }) => {
    const more = (index: number): number => at(counts, index) - at(request, index)
    return {
      partition: partitionOf((index) => at(counts, index)),
      without: [...partitionOf((index) => -more(index)), ...absent],
      instead: partitionOf(more),
      computeSlicesLost: Math.max(0, whole.slices - slices),
    }
  })
}

/** Negative: `a` is nearer. 0 only for equal partitions. */
function compareCandidates(a: Candidate, b: Candidate, whole: Candidate): number {
  const over = (amount: number, of: number): number => Math.max(0, amount - of)
  return (
    Math.min(b.slices, whole.slices) - Math.min(a.slices, whole.slices) ||
    Math.min(b.units, whole.units) - Math.min(a.units, whole.units) ||
    over(a.slices, whole.slices) - over(b.slices, whole.slices) ||
    over(a.units, whole.units) - over(b.units, whole.units) ||
    sum(b.counts) - sum(a.counts) ||
    compareCounts(a.counts, b.counts)
  )
}

/** The one with more of the first size that differs. */
function compareCounts(a: readonly number[], b: readonly number[]): number {
  for (const [index, count] of a.entries()) {
    const order = at(b, index) - count
    if (order !== 0) return order
  }
  return 0
}

function contains(whole: Candidate, part: Candidate): boolean {
  return part.counts.every((count, index) => count <= at(whole.counts, index))
}
