import { cached } from '../../model/cached.js'
import { type ResidualTable, requireResiduals, type Tables } from '../../solver/tables/tables.js'
import type { AccessGroup } from './access-groups.js'
import type { ClassGroup, GroupedFleet } from './grouped-fleet.js'

/**
 * The fleet with groups for the idle instances that stay on their GPUs. Each is like a GPU of its own that has room for one
 * instance of its profile, and that nothing leaves. They come after the other groups.
 */
export function withIdleSlots(fleet: GroupedFleet): GroupedFleet {
  if (!fleet.hasIdle) return fleet
  const accessGroups = [...fleet.accessGroups]
  const classGroups = [...fleet.classGroups]
  const layoutGroups = [...fleet.layoutGroups]
  const ofAccess = new Map<string, AccessGroup>()
  const ofClass = new Map<AccessGroup, ClassGroup>()
  for (const host of fleet.layoutGroups) {
    const own = host.classGroup.accessGroup
    for (const { place, given } of host.instances) {
      if (given.idle !== true) continue
      const position = place.profilePosition
      const accessGroup = cached(ofAccess, `${own.number}:${position}`, () =>
        slotAccess(own, position, accessGroups),
      )
      const classGroup = cached(ofClass, accessGroup, () => {
        const made = { number: classGroups.length, accessGroup, classNumber: 0, layoutGroups: [] }
        classGroups.push(made)
        return made
      })
      const { members } = host
      const slot = { host, place }
      const made = { number: layoutGroups.length, classGroup, instances: [], members, slot }
      classGroup.layoutGroups.push(made)
      layoutGroups.push(made)
    }
  }
  return { ...fleet, accessGroups, classGroups, layoutGroups }
}

function slotAccess(own: AccessGroup, position: number, all: AccessGroup[]): AccessGroup {
  const { model, positionsOf, isDrained } = own
  const made = {
    number: all.length,
    model,
    residuals: slotResiduals(model.tables, position),
    positionsOf: new Map(
      [...positionsOf]
        .filter(([, each]) => each.includes(position))
        .map(([kind]) => [kind, [position]]),
    ),
    positions: own.positions.includes(position) ? [position] : [],
    isDrained,
    slot: { host: own, position },
  }
  all.push(made)
  return made
}

const known = new WeakMap<Tables, Map<number, ResidualTable>>()

/** One class, which holds nothing or one instance of the profile. */
function slotResiduals(tables: Tables, position: number): ResidualTable {
  const ofTables = cached(known, tables, () => new Map<number, ResidualTable>())
  return cached(ofTables, position, () => {
    const whole = requireResiduals(tables)
    const one = whole.partitions.withOneMore[position] ?? -1
    return {
      ...whole,
      classOf: new Int32Array(whole.stateCount),
      classes: [{ partitions: [0, one], undominated: [one] }],
      holds: (_class, partition) => partition === 0 || partition === one,
      includes: () => true,
      additional: Int32Array.from(tables.profiles, (profile) =>
        Number(profile.position === position),
      ),
    }
  })
}
