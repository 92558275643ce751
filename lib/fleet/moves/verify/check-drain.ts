import type { FleetDrain, FleetLeft } from '../../../../types/fleet/moves.js'
import { placeOf } from '../../../solver/tables/tables.js'
import { requireSame } from '../../model/answer-fault.js'
import { wholeHeldState } from '../../model/fleet-model.js'
import { gpuName } from '../../model/member-name.js'
import type { FleetGpuEntry } from '../../model/read-gpus.js'
import { hasPlaces } from '../access-groups.js'
import { checkClaims } from './check-claims.js'
import type { PlanQuestion } from './plan-question.js'
import { proveFigures } from './prove-figures.js'
import { groupQuestion, type QuestionGroups } from './question-groups.js'
import { replayPlan } from './replay-plan.js'

/** Whether the answer is proven best. Throws `AnswerFault` for an answer that is wrong. */
export function checkDrain(question: PlanQuestion, answer: FleetDrain): boolean {
  const groups = groupQuestion(question)
  const { plan } = replayPlan(question, answer.plan)
  requireSame(answer.plan, plan)
  const gone = new Set(plan.moves.map(({ from }) => placeKey(from.gpu, from)))
  const left = question.entries
    .filter(({ gpu }) => question.drained.has(gpu))
    .flatMap((entry) =>
      Array.from({ length: entry.count }, (_, number) => gpuName(entry.gpu, number)).flatMap(
        (name) =>
          listLeft(question, groups, entry, name).filter((each) => !gone.has(placeKey(name, each))),
      ),
    )
  const { cost } = plan
  requireSame(answer, { left, cost })
  const { certificate } = answer
  checkClaims(answer, certificate, 'drain', 'left', left.length)
  const { lowerBound } = certificate
  proveFigures(groups, {
    name: 'left',
    figure: {
      ofKept: ({ access }, kept) => (access.isDrained ? kept : 0),
      ofFilled: 0,
      ofMove: 0,
    },
    atLeast: groups.heldWhole.drained,
    beside: groups.heldWhole.drained,
    first: lowerBound.left,
    cost: lowerBound.cost,
    firstPrices: certificate.left,
    costPrices: certificate.cost,
  })
  return left.length === lowerBound.left && cost === lowerBound.cost
}

function placeKey(
  gpu: string,
  { profileId, placement }: Pick<FleetLeft, 'profileId' | 'placement'>,
): string {
  return JSON.stringify([gpu, profileId, placement?.start, placement?.size])
}

/** What a drained GPU holds, with the reasons why it may have to stay. */
function listLeft(
  { kinds }: PlanQuestion,
  { accessGroups }: QuestionGroups,
  entry: FleetGpuEntry,
  gpu: string,
): readonly FleetLeft[] {
  const { heldBy, layout = [] } = entry.gpu
  if (entry.state === wholeHeldState) {
    return [{ request: heldBy ?? null, gpu, profileId: null, placement: null, reason: 'whole-gpu' }]
  }
  const { tables } = entry.model
  return layout
    .map((given) => ({ given, place: placeOf(tables, given) }))
    .sort((a, b) => (a.place?.number ?? 0) - (b.place?.number ?? 0))
    .map(({ given, place }): FleetLeft => {
      const { id = null, profileId, placement } = given
      const { kind, mayMove } = kinds.kindOf(entry, given, place?.profilePosition ?? -1)
      const own = !mayMove ? 'pinned' : hasPlaces(accessGroups, kind) ? 'no-room' : 'never'
      const reason = given.idle === true ? 'idle' : own
      return { request: id, gpu, profileId, placement, reason }
    })
}
