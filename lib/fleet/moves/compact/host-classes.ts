import { cached } from '../../../model/cached.js'
import { listPatterns, type Pattern } from '../../program/patterns.js'
import type { AccessGroup } from '../access-groups.js'
import type { ClassGroup, GroupedFleet } from '../grouped-fleet.js'
import type { CompactAim } from './compact-aim.js'

/** GPUs of one access group and class, cleared or as they are, that instances may come to. */
export interface HostClass {
  readonly number: number
  readonly accessGroup: AccessGroup
  readonly classNumber: number
  /** What a GPU adds to the aim when something comes to it. */
  readonly ofFilled: number
  readonly patterns: readonly Pattern[]
}

export interface HostClasses {
  /** `find` adds to it. */
  readonly list: readonly HostClass[]
  readonly find: (classGroup: ClassGroup, classNumber: number, isEmpty: boolean) => HostClass
}

export function createHostClasses(aim: CompactAim): HostClasses {
  const list: HostClass[] = []
  const byKey = new Map<string, HostClass>()
  const patternsOf = new Map<readonly number[], Map<number, readonly Pattern[]>>()
  const listShared = ({ model, positions }: AccessGroup, classNumber: number): readonly Pattern[] =>
    cached(
      cached(patternsOf, positions, () => new Map<number, readonly Pattern[]>()),
      classNumber,
      () => listPatterns(model.tables, classNumber, positions),
    )
  return {
    list,
    find: ({ accessGroup }, classNumber, isEmpty) => {
      const ofFilled = isEmpty ? aim.ofFilled : 0
      return cached(byKey, `${accessGroup.number}:${classNumber}:${ofFilled}`, () => {
        const patterns =
          accessGroup.slot === undefined
            ? listShared(accessGroup, classNumber)
            : accessGroup.positions.map((only) => onePattern(accessGroup, only))
        const made = { number: list.length, accessGroup, classNumber, ofFilled, patterns }
        list.push(made)
        return made
      })
    },
  }
}

/** An idle instance has room for one of its profile. */
function onePattern({ model }: AccessGroup, only: number): Pattern {
  return [...model.tables.profiles.map(({ position }) => Number(position === only)), 0]
}

/** One profile on the GPUs of one access group. */
export interface Destination {
  readonly number: number
  readonly accessGroup: AccessGroup
  readonly position: number
}

export function listDestinations({ accessGroups }: GroupedFleet): {
  readonly list: readonly Destination[]
  /** By access group: number of its first one. */
  readonly firstOf: Int32Array
} {
  const list: Destination[] = []
  const firstOf = new Int32Array(accessGroups.length)
  for (const accessGroup of accessGroups) {
    firstOf[accessGroup.number] = list.length
    for (const position of accessGroup.positions)
      list.push({ number: list.length, accessGroup, position })
  }
  return { list, firstOf }
}
