import { cached } from '../../model/cached.js'
import { at, numberAt } from '../../model/numbers.js'
import { once } from '../../model/once.js'
import type { GroupedProblem } from '../model/grouped-problem.js'
import type { Figure } from '../model/objective.js'
import type { Pattern } from '../program/patterns.js'
import { type ClassProgram, unplacedRow } from './class-program.js'
import type { PatternColumn } from './group-patterns.js'
import type { NearPrices } from './near-prices.js'

/** How many prices of a slice are tried. */
const mostParts = 8

/** Prices, and nearly what they prove. */
export interface SliceBound {
  readonly prices: () => NearPrices
  readonly bound: number
}

/** What slices bound: a figure, with the right sides of the program as limits. */
export type SliceBounds = (figure: Figure, limits: Float64Array) => readonly SliceBound[]

/**
 * Prices that follow from slices alone, without a solver: every instance costs its memory units or its compute
 * slices, at a few prices of one unit. They prove what no packing can hold for lack of slices.
 */
export function createSliceBounds({ groups }: GroupedProblem, program: ClassProgram): SliceBounds {
  const { demands } = program
  const measured = once(() => measureSlices(groups, program))
  return (figure, limits) => {
    if (figure === 'cost') return []
    const list: SliceBound[] = []
    const mean = meanValue(demands)
    for (const { sizes, ofDemand, ofGroup, most } of measured()) {
      const add = (priceOf: (size: number) => number, unplaced: number, opened: number): void => {
        const ofUnit = priceOf(1)
        let bound = figure === 'gpus' ? -unplaced * numberAt(limits, unplacedRow) : 0
        for (let index = 0; index < demands.length; index += 1) {
          const { count, value } = at(demands, index)
          bound += count * Math.min(unplaced * value, ofUnit * numberAt(ofDemand, index))
        }
        for (const { number, inUse, count } of groups)
          bound -= count * Math.max(0, ofUnit * numberAt(ofGroup, number) - (inUse ? 0 : opened))
        list.push({
          bound,
          prices: () => ({ ofProfile: Array.from(sizes, priceOf), unplaced, opened }),
        })
      }
      const ofMost = (size: number): number => size / most
      const dearest = figure === 'gpus' ? findDearest(program, sizes, ofMost) : 0
      // What may be left out pays for the dearest requests, so it is worth less where much may.
      for (let part = 1; part <= mostParts; part += 1) {
        if (figure === 'gpus') add(ofMost, dearest / part, 1)
        else add((size) => (size * mean) / part, 1, 0)
      }
    }
    return list
  }
}

function meanValue(demands: ClassProgram['demands']): number {
  let values = 0
  let counts = 0
  for (const { value, count } of demands) {
    values += value * count
    counts += count
  }
  return values / Math.max(1, counts)
}

interface MeasuredSlices {
  /** By profile of a pool. */
  readonly sizes: Float64Array
  /** The smallest profile of each demand. */
  readonly ofDemand: Float64Array
  /** The largest pattern of each group. */
  readonly ofGroup: Float64Array
  /** The largest pattern of all, at least 1. */
  readonly most: number
}

/** In memory units, and in compute slices. */
function measureSlices(
  groups: GroupedProblem['groups'],
  { demands, profilesOf, poolProfiles, largest }: ClassProgram,
): readonly MeasuredSlices[] {
  const tables = new Map<number, Tables>()
  for (const { number, pool, model } of groups)
    if ((largest[number]?.patterns.length ?? 0) > 0) tables.set(pool, model.tables)
  return [unitsOf, slicesOf].map((measure) => {
    const sizes = Float64Array.from(poolProfiles, ({ pool, position }) => {
      const model = tables.get(pool)
      return model === undefined ? 0 : measure(model, position)
    })
    const ofDemand = new Float64Array(demands.length).fill(Number.MAX_VALUE)
    for (let index = 0; index < demands.length; index += 1) {
      for (const profile of profilesOf[index] ?? []) {
        const size = numberAt(sizes, profile)
        if (size < numberAt(ofDemand, index)) ofDemand[index] = size
      }
    }
    const known = new Map<readonly Pattern[], number>()
    const ofGroup = Float64Array.from(groups, ({ number, model }) => {
      const { patterns = [] } = largest[number] ?? {}
      return cached(known, patterns, () => largestSize(model.tables, patterns, measure))
    })
    return {
      sizes,
      ofDemand,
      ofGroup,
      most: ofGroup.reduce((most, size) => Math.max(most, size), 1),
    }
  })
}

function largestSize(
  tables: Tables,
  patterns: readonly Pattern[],
  measure: typeof unitsOf,
): number {
  let most = 0
  for (const pattern of patterns) {
    let size = 0
    for (const [position, count] of pattern.entries())
      if (count > 0) size += count * measure(tables, position)
    most = Math.max(most, size)
  }
  return most
}

/** The most that a request may cost for one of its value. */
function findDearest(
  { demands, profilesOf }: ClassProgram,
  sizes: Float64Array,
  priceOf: (size: number) => number,
): number {
  let dearest = 0
  for (const [index, { value }] of demands.entries()) {
    for (const profile of profilesOf[index] ?? [])
      dearest = Math.max(dearest, priceOf(numberAt(sizes, profile)) / value)
  }
  return dearest
}

type Tables = PatternColumn['group']['model']['tables']

function unitsOf({ profiles, memoryUnits }: Tables, position: number): number {
  return profiles[position]?.unitCount ?? memoryUnits
}

function slicesOf({ profiles }: Tables, position: number): number {
  return (
    profiles[position]?.profile.sliceCount ??
    Math.max(...profiles.map(({ profile }) => profile.sliceCount))
  )
}
