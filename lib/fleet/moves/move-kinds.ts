import type { FleetInstance, FleetRequest } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import type { FleetModels } from '../model/fleet-model.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'
import { findOptions, listServing } from '../model/serving-profiles.js'
import type { RequestById } from './requests-by-id.js'

/** Instances and requests that may go to the same places. */
export interface MoveKind {
  readonly number: number
  /** Profile positions by model number. */
  readonly options: readonly (readonly number[])[]
  /** What decides which GPUs the kind may enter. */
  readonly access: Pick<FleetRequest, 'where' | 'reservation'>
}

export interface MoveKinds {
  readonly list: readonly MoveKind[]
  readonly kindOf: (
    entry: HostEntry,
    instance: FleetInstance,
    position: number,
  ) => { readonly kind: number; readonly mayMove: boolean }
  /** Whether an instance may be of another kind than others at the same place, or may not move. */
  readonly isSpecial: (instance: FleetInstance) => boolean
  /** `apart`: a kind of its own, even where others may go to the same places. */
  readonly requestKind: (request: FleetRequest, apart?: boolean) => number
}

export interface KindRules {
  /** Requests that hold something. */
  readonly requests: readonly FleetRequest[]
  readonly requestOf: RequestById
  /** Ids of instances that stay. */
  readonly pinned: ReadonlySet<string>
  /** The request that needs a place; null: there is none. */
  readonly asked: FleetRequest | null
  /** Whether idle instances may be taken, which may be of a profile that nobody would create for a need. */
  readonly hasIdle: boolean
}

type HostEntry = Pick<FleetGpuEntry, 'model' | 'gpu'>

export function createMoveKinds(
  models: FleetModels,
  { requests, requestOf, pinned, asked, hasIdle }: KindRules,
): MoveKinds {
  const list: MoveKind[] = []
  const byKey = new Map<string, number>()
  const ruledLabels = listRuledLabels(asked === null ? requests : [...requests, asked])

  const numberOf = (key: string, make: () => Omit<MoveKind, 'number'>): number =>
    cached(byKey, key, () => {
      const number = list.length
      list.push({ number, ...make() })
      return number
    })

  const find = hasIdle ? listServing : findOptions
  const byProfile = new Map<string | number, MoveKind['options']>()
  const optionsOf = (request: FleetRequest): MoveKind['options'] => {
    const make = (): MoveKind['options'] => find(models, request, ['request'])
    return request.profile === undefined ? make() : cached(byProfile, request.profile, make)
  }
  const requestKind = (request: FleetRequest, apart = false): number => {
    const { profile, need, wholeGpu, where, reservation } = request
    return numberOf(JSON.stringify([profile, need, wholeGpu, where, reservation, apart]), () => ({
      options: optionsOf(request),
      access: { ...(where && { where }), ...(reservation !== undefined && { reservation }) },
    }))
  }

  const unknown = new Map<string | undefined, (number | undefined)[][]>()
  /** For an instance whose request is not known: it keeps its profile, model and reservation. */
  const unknownKind = ({ model, gpu: { reservation } }: HostEntry, position: number): number => {
    const byModel = cached(unknown, reservation, () => models.list.map(() => []))
    const byPosition = byModel[model.number] ?? []
    byPosition[position] ??= numberOf(`${model.number}:${position}:${reservation ?? ''}`, () => ({
      options: models.list.map((each) => (each === model ? [position] : [])),
      access: reservation === undefined ? {} : { reservation },
    }))
    return byPosition[position]
  }

  const heldBy = (id: string | undefined): FleetRequest | undefined =>
    id === undefined ? undefined : requestOf(id)
  const isPinned = ({ id, pinned: own }: FleetInstance): boolean =>
    own === true || (id !== undefined && pinned.has(id))
  return {
    list,
    requestKind,
    isSpecial: (instance) =>
      instance.idle === true ||
      isPinned(instance) ||
      heldBy(instance.id) !== undefined ||
      (instance.labels ?? []).some((label) => ruledLabels.has(label)),
    kindOf: (entry, instance, position) => {
      const request = heldBy(instance.id)
      const isNamed = (label: string): boolean => ruledLabels.has(label)
      return {
        kind: request === undefined ? unknownKind(entry, position) : requestKind(request),
        mayMove:
          instance.idle !== true &&
          !isPinned(instance) &&
          (request === undefined || !isTied(request)) &&
          !(instance.labels ?? []).some(isNamed) &&
          !(request?.labels ?? []).some(isNamed),
      }
    },
  }
}

/** Labels that rules about neighbours name. Instances that have one of them stay where they are. */
function listRuledLabels(requests: readonly FleetRequest[]): ReadonlySet<string> {
  return new Set(
    requests.flatMap(({ spread = [], avoid = [] }) =>
      [...spread, ...avoid].map(({ label }) => label),
    ),
  )
}

/** Whether the request has rules about its neighbours. */
function isTied({ sameNode, spread = [], avoid = [] }: FleetRequest): boolean {
  return sameNode !== undefined || spread.length + avoid.length > 0
}
