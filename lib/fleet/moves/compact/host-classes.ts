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

export function createHostClasses({ accessGroups }: GroupedFleet, aim: CompactAim): HostClasses {
  const list: HostClass[] = []
  const byKey = new Map<string, HostClass>()
  const positionsOf = accessGroups.map(listPositions)
  return {
    list,
    find: ({ accessGroup }, classNumber, isEmpty) => {
      const ofFilled = isEmpty ? aim.ofFilled : 0
      return cached(byKey, `${accessGroup.number}:${classNumber}:${ofFilled}`, () => {
        const { number, model } = accessGroup
        const positions = positionsOf[number] ?? []
        const patterns =
          accessGroup.slot === undefined
            ? listPatterns(model.tables, classNumber, positions)
            : positions.map((only) => onePattern(accessGroup, only))
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

export function listDestinations({ accessGroups }: GroupedFleet): readonly Destination[] {
  return accessGroups
    .flatMap((accessGroup) =>
      listPositions(accessGroup).map((position) => ({ accessGroup, position })),
    )
    .map(({ accessGroup, position }, number) => ({ number, accessGroup, position }))
}

/** Profiles that any kind may have there, ascending. */
function listPositions({ positionsOf }: AccessGroup): readonly number[] {
  return [...new Set([...positionsOf.values()].flat())].sort((a, b) => a - b)
}
