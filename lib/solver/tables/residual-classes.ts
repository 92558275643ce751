import { groupBy } from '../../model/group-by.js'
import { at, countBits, hasBit, wordAt } from '../../model/numbers.js'
import type {
  PartitionTable,
  ResidualClass,
  ResidualTable,
  Successors,
  Tables,
} from './table-types.js'

/** The class of the empty GPU, which can take every partition. */
export const emptyClass = 0

export type ResidualClasses = Pick<
  ResidualTable,
  'classOf' | 'classes' | 'additional' | 'includes' | 'holds'
>

export function listResidualClasses(
  tables: Tables,
  successors: Successors,
  partitions: PartitionTable,
): ResidualClasses {
  const { states } = tables
  const stateCount = states.masks.length
  const width = Math.ceil(partitions.counts.length / 32)
  const sets = listResidualSets(tables, successors, partitions, width)
  const setOf = (state: number): Int32Array => sets.subarray(state * width, (state + 1) * width)
  const groups = groupBy(states.masks.keys(), (state) => setOf(state).join())
  const classes = [...groups.values()]
    .map((members) => {
      const set = setOf(at(members, 0))
      return { members, set, entry: describeClass(partitions, set) }
    })
    .sort(
      (a, b) =>
        b.entry.partitions.length - a.entry.partitions.length ||
        at(a.members, 0) - at(b.members, 0),
    )

  const classOf = new Int32Array(stateCount)
  const classSets = new Int32Array(classes.length * width)
  for (const [number, { members, set }] of classes.entries()) {
    classSets.set(set, number * width)
    for (const state of members) classOf[state] = number
  }
  const includes = (classNumber: number, other: number): boolean => {
    for (let word = 0; word < width; word += 1) {
      const missing =
        wordAt(classSets, other * width + word) & ~wordAt(classSets, classNumber * width + word)
      if (missing !== 0) return false
    }
    return true
  }
  return {
    classOf,
    includes,
    classes: classes.map(({ entry }) => entry),
    holds: (classNumber, partition) => hasBit(classSets, classNumber * width * 32 + partition),
    additional: countAdditional(
      tables.profiles.length,
      partitions,
      classes.map(({ entry }) => entry),
    ),
  }
}

/**
 * A row for each state, with a bit for each partition that can be added. The successors of a state
 * occupy more units, so full states come first. The words are signed, because V8 then needs no heap
 * object for any of them, which halves the time of a first compile. Reads here are direct, because most
 * of the first compile runs before V8 optimises anything.
 */
function listResidualSets(
  { states, profiles }: Tables,
  { starts, reached }: Successors,
  { counts, firstProfiles, rests }: PartitionTable,
  width: number,
): Int32Array {
  const sets = new Int32Array(states.masks.length * width)
  const fullestFirst = [...states.masks.keys()].sort(
    (a, b) => countBits(states.masks[b] ?? 0) - countBits(states.masks[a] ?? 0),
  )
  // In their order, partitions with the same first profile stand together.
  const endOf = new Int32Array(profiles.length)
  for (let partition = 1; partition < counts.length; partition += 1) {
    endOf[firstProfiles[partition] ?? 0] = partition + 1
  }
  for (const state of fullestFirst) {
    const row = state * width
    sets[row] = 1
    for (let partition = 1; partition < counts.length; partition += 1) {
      const position = firstProfiles[partition] ?? 0
      const entry = state * profiles.length + position
      const start = starts[entry] ?? 0
      const end = starts[entry + 1] ?? 0
      if (start === end) {
        partition = (endOf[position] ?? 0) - 1
        continue
      }
      const rest = rests[partition] ?? 0
      for (let at = start; at < end; at += 1) {
        const word = sets[(reached[at] ?? 0) * width + (rest >>> 5)] ?? 0
        if (((word >>> (rest & 31)) & 1) === 0) continue
        sets[row + (partition >>> 5)] =
          (sets[row + (partition >>> 5)] ?? 0) | (1 << (partition & 31))
        break
      }
    }
  }
  return sets
}

function describeClass({ counts, withOneMore }: PartitionTable, set: Int32Array): ResidualClass {
  const has = (partition: number): boolean =>
    (((set[partition >>> 5] ?? 0) >>> (partition & 31)) & 1) === 1
  const held: number[] = []
  for (let partition = 0; partition < counts.length; partition += 1) {
    if (has(partition)) held.push(partition)
  }
  let undominated: readonly number[] | undefined
  return Object.freeze({
    partitions: Object.freeze(held),
    // Computed on demand: few callers need it for more than the empty GPU.
    get undominated() {
      // A part of a partition that fits also fits, so it is enough to try one more instance.
      undominated ??= Object.freeze(
        held.filter(
          (partition) =>
            !at(counts, partition).some((_count, position, { length }) => {
              const more = wordAt(withOneMore, partition * length + position)
              return more >= 0 && has(more)
            }),
        ),
      )
      return undominated
    },
  })
}

function countAdditional(
  profileCount: number,
  { counts, sizes }: PartitionTable,
  classes: readonly ResidualClass[],
): Int32Array {
  const additional = new Int32Array(classes.length * profileCount)
  for (const [number, { partitions }] of classes.entries()) {
    for (const partition of partitions) {
      const size = at(sizes, partition)
      const position = at(counts, partition).indexOf(size)
      if (position < 0 || size === 0) continue
      const entry = number * profileCount + position
      additional[entry] = Math.max(wordAt(additional, entry), size)
    }
  }
  return additional
}
