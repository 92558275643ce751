import { describe, expect, test } from 'vitest'
import { compileGeometry, explainInfeasible } from '../../../lib/solver.js'
import type { LayoutInfeasible, Limit } from '../../../types/solver/explain.js'
import {
  allNearest,
  canBe,
  canHave,
  limitsHit,
  partsOf,
  smallestConflict,
  sum,
} from '../../support/naive-explain.js'
import { futuresOf } from '../../support/naive-futures.js'
import {
  countsIn,
  countsOf,
  distinctGpus,
  layoutOf,
  type NaiveGpu,
  partitionWith,
} from '../../support/naive-gpu.js'

function textOf(limit: Limit): string {
  switch (limit.kind) {
    case 'profile-maximum':
      return `profile-maximum of ${limit.profileId}: ${limit.wanted}`
    case 'compute-slices':
    case 'memory-units':
      return `${limit.kind}: ${limit.wanted} of ${limit.available}`
    case 'engines':
      return `engines, ${limit.engine}: ${limit.wanted} of ${limit.available}`
    default:
      return limit.kind
  }
}

/** What is wrong with an explanation, by the naive search; nothing if all is right. */
function faultsOf(
  gpu: NaiveGpu,
  wanted: readonly number[],
  pinned: number,
  { conflict, wouldFit, nearest }: LayoutInfeasible,
): readonly string[] {
  const faults: string[] = []
  const devices = countsIn(gpu, conflict.devices)
  const staying = maskOf(gpu, conflict.pinned)
  if (conflict.limit.kind === 'pinned-unwanted') {
    const there = countsOf(gpu, pinned)
    if (there.every((count, index) => count <= (wanted[index] ?? 0))) faults.push('all is wanted')
  } else {
    if ((staying & ~pinned) !== 0) faults.push('the conflict is with what is not pinned')
    if (devices.some((count, index) => count > (wanted[index] ?? 0))) faults.push('not wanted')
    if (canHave(gpu, devices, staying)) faults.push('the conflict is none')
    if (sum(devices) + conflict.pinned.length !== smallestConflict(gpu, wanted, pinned))
      faults.push('a smaller conflict is there')
    const limits = limitsHit(gpu, devices, staying)
    if (!(limits.length === 0 ? ['positions'] : limits).includes(textOf(conflict.limit)))
      faults.push(`the limit is ${textOf(conflict.limit)}, not one of ${limits}`)
  }

  const part = countsIn(gpu, wouldFit)
  const most = Math.max(
    ...partsOf(wanted)
      .filter((counts) => canHave(gpu, counts, pinned))
      .map(sum),
  )
  if (part.some((count, index) => count > (wanted[index] ?? 0))) faults.push('no part of it')
  if (!canHave(gpu, part, pinned) || sum(part) !== most) faults.push('not the largest part')

  const all = allNearest(gpu, wanted, pinned)
  const answers = nearest.map((answer) => ({ ...answer, counts: countsIn(gpu, answer.partition) }))
  if (answers.length !== Math.min(3, all.length)) faults.push(`${answers.length} nearest`)
  for (const [index, answer] of answers.entries()) {
    const same = all.find(({ counts }) => counts.join() === answer.counts.join())
    if (same?.rank.join() !== all[index]?.rank.join()) faults.push(`nearest ${index}`)
    if (same?.slicesLost !== answer.computeSlicesLost) faults.push(`slices lost ${index}`)
    const without = countsIn(gpu, answer.without)
    const instead = countsIn(gpu, answer.instead)
    const back = answer.counts.map((n, i) => n + (without[i] ?? 0) - (instead[i] ?? 0))
    if (back.join() !== wanted.join()) faults.push(`what ${index} changes`)
  }
  return faults
}

function maskOf(gpu: NaiveGpu, layout: LayoutInfeasible['conflict']['pinned']): number {
  return layout.reduce((mask, { profileId, placement }) => {
    const index = gpu.spots.findIndex(
      (spot) =>
        gpu.geometry.profiles[spot.profile]?.id === profileId &&
        spot.start === placement.start &&
        spot.size === placement.size,
    )
    return mask | (1 << index)
  }, 0)
}

/**
 * The questions with their right answers, of all GPUs that can be in the same layouts: what is right for
 * one is right for each, but for engines, of which each has its own number.
 */
const rightAnswers = new Map<string, Set<string>>()

function rightAnswersFor(gpu: NaiveGpu): Set<string> {
  const alike = JSON.stringify([
    [gpu.units, gpu.slices, gpu.spots, gpu.sets],
    gpu.profiles.map(({ units, slices, most }) => [units, slices, most]),
  ])
  const right = rightAnswers.get(alike) ?? new Set()
  rightAnswers.set(alike, right)
  return right
}

function summarize(gpu: NaiveGpu, { conflict, wouldFit, nearest }: LayoutInfeasible): string {
  return JSON.stringify([
    [countsIn(gpu, conflict.devices), maskOf(gpu, conflict.pinned), textOf(conflict.limit)],
    countsIn(gpu, wouldFit),
    nearest.map(({ partition, without, instead, computeSlicesLost }) => [
      ...[partition, without, instead].map((part) => countsIn(gpu, part)),
      computeSlicesLost,
    ]),
  ])
}

describe.each(distinctGpus)('what cannot be had on $key', (gpu) => {
  const tables = compileGeometry(gpu.geometry)
  const possible = futuresOf(gpu).of(0)
  const right = rightAnswersFor(gpu)

  const gradeAnswer = (
    wanted: readonly number[],
    pinned: number,
    answer: LayoutInfeasible | null,
  ): readonly string[] => {
    if ((answer === null) !== canBe(gpu, wanted, pinned)) return ['not so']
    if (answer === null) return []
    const graded = `${wanted} ${pinned} ${summarize(gpu, answer)}`
    if (right.has(graded) && answer.conflict.limit.kind !== 'engines') return []
    const faults = faultsOf(gpu, wanted, pinned, answer)
    if (faults.length === 0) right.add(graded)
    return faults
  }

  test('a request with one device too many gets the smallest conflict, its limit and the nearest partitions', () => {
    const wrong: unknown[] = []
    for (const counts of possible) {
      for (const [index, count] of counts.entries()) {
        const wanted = counts.with(index, count + 1)
        const answer = explainInfeasible(tables, partitionWith(gpu, wanted))
        const faults = gradeAnswer(wanted, 0, answer)
        if (faults.length > 0) wrong.push([wanted, faults])
      }
    }
    expect(wrong).toEqual([])
  })

  test('a request that the pinned instances of a layout block gets the smallest conflict', () => {
    const wrong: unknown[] = []
    for (const pinned of gpu.sets) {
      const layout = layoutOf(gpu, pinned)
      const there = countsOf(gpu, pinned)
      for (const wanted of possible) {
        // Instances that are not wanted are in the way of everything: said once for each layout.
        const unwanted = there.some((count, index) => count > (wanted[index] ?? 0))
        if (unwanted && wanted !== possible[pinned % possible.length]) continue
        const answer = explainInfeasible(tables, partitionWith(gpu, wanted), { pinned: layout })
        const faults = gradeAnswer(wanted, pinned, answer)
        if (faults.length > 0) wrong.push([layout, wanted, faults])
      }
    }
    expect(wrong).toEqual([])
  })
})
