import type { FleetPlanQuestion } from '../../../../types/fleet/proof.js'
import { oneOf } from '../../../model/checks/kinds.js'
import { copyPlain } from '../../../model/copy-plain.js'
import { checkForm, requireObject, requireWhole } from '../../model/check-form.js'
import { wholeState } from '../../model/fleet-model.js'
import { readRequest } from '../../model/fleet-request.js'
import { mayEnter } from '../../model/gpu-filter.js'
import { readMemberName } from '../../model/member-name.js'
import type { FleetGpuEntry } from '../../model/read-gpus.js'
import { type FleetInUseRead, readInUse } from '../read-in-use.js'

/** A question that `verifyPlan` has read. */
export interface PlanQuestion extends FleetInUseRead {
  readonly kind: FleetPlanQuestion['kind']
  /** Name of the request that needs a place. Null: there is none, or it has no name. */
  readonly requestId: string | null
  readonly maxMoves: number
  readonly live: boolean
  readonly clearIdle: boolean
  /** The entry of a GPU by the GPU's name. Undefined: the fleet has no such GPU. */
  readonly entryOf: (name: unknown) => FleetGpuEntry | undefined
  /** Whether instances of the kind may come to this GPU with this profile. */
  readonly mayCome: (entry: FleetGpuEntry, kind: number, position: number) => boolean
  /** Whether the request wants a GPU with MIG off, and this is a free one that it may use. */
  readonly isWholeRoom: (entry: FleetGpuEntry) => boolean
  /** Whether the request wants a GPU with MIG off. */
  readonly asksWhole: boolean
}

/** Throws what the function that answers such a question throws. */
export function readPlanQuestion(given: FleetPlanQuestion): PlanQuestion {
  requireObject(given, ['question'])
  const { kind, fleet } = given
  checkForm(kind, oneOf('compaction', 'drain', 'room'), ['question', 'kind'])
  const options = copyPlain(given.options ?? {})
  requireObject(options, ['question', 'options'])
  const request = given.kind === 'room' ? readRequest(given.request, ['request']) : null
  const { pinned } = options
  const inRoom = given.kind === 'room' ? (copyPlain(given.options) ?? {}) : {}
  const { maxMoves = Number.POSITIVE_INFINITY, live = false, clearIdle = false, moveCost } = inRoom
  if (maxMoves !== Number.POSITIVE_INFINITY) requireWhole(maxMoves, 0, ['maxMoves'])
  const read = readInUse(fleet, {
    pinned,
    costs: 'costs' in options ? options.costs : moveCost,
    costsPath: kind === 'room' ? 'moveCost' : 'costs',
    request,
    ...(kind === 'room' && { idle: clearIdle ? ('cleared' as const) : ('taken' as const) }),
    ...(given.kind === 'drain' && { drain: copyPlain(given.which) }),
  })
  const byId = new Map(read.entries.map((entry) => [entry.gpu.id, entry]))
  const { kinds, wanted, eligible } = read
  return {
    ...read,
    kind,
    requestId: request?.id ?? null,
    maxMoves,
    live,
    clearIdle,
    entryOf: (name) => findEntry(byId, name),
    mayCome: (entry, number, position) => {
      const { options, access } = kinds.list[number] ?? {}
      return (
        entry.state >= 0 &&
        access !== undefined &&
        (options?.[entry.model.number] ?? []).includes(position) &&
        mayEnter(entry.gpu, access) &&
        (number !== wanted || eligible === null || eligible(entry))
      )
    },
    asksWhole: request?.wholeGpu === true,
    isWholeRoom: ({ gpu, state, count }) =>
      request?.wholeGpu === true && state === wholeState && count > 0 && mayEnter(gpu, request),
  }
}

function findEntry(
  byId: ReadonlyMap<string, FleetGpuEntry>,
  name: unknown,
): FleetGpuEntry | undefined {
  if (typeof name !== 'string') return undefined
  const own = byId.get(name)
  if (own !== undefined && own.gpu.count === undefined) return own
  const member = readMemberName(name)
  const entry = member === null ? undefined : byId.get(member.id)
  return member !== null && entry?.gpu.count !== undefined && member.number < entry.count
    ? entry
    : undefined
}
