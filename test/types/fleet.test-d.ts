import { expectError, expectNotAssignable, expectType } from 'tsd'
import {
  compactFleet,
  configureNodes,
  createFleet,
  drainGpus,
  type Fleet,
  type FleetAnswer,
  type FleetDrain,
  type FleetNodeConfig,
  type FleetPacking,
  type FleetPlacement,
  type FleetPlan,
  type FleetRegret,
  type FleetStage,
  type JoinedCompaction,
  joinCompactions,
  type MakeRoomResult,
  makeRoom,
  packFleet,
  splitFleet,
  splitFleetPlan,
  verifyBound,
} from '../../dist/fleet.js'

const gpus = [{ id: 'a', count: 8, model: 'A100-SXM4-40GB' }]
const fleet = createFleet({ gpus, policy: 'best-fit' })
expectType<Fleet>(fleet)
expectType<Promise<FleetPacking>>(packFleet({ gpus, requests: [{ profile: '1g.5gb', count: 9 }] }))
expectType<MakeRoomResult>(makeRoom(fleet, { profile: '3g.20gb' }, { maxMoves: 2 }))
declare const plan: FleetPlan
expectType<readonly FleetStage[]>(splitFleetPlan(plan))
expectType<readonly FleetNodeConfig[]>(configureNodes(fleet, { nodes: ['one'] }))
expectType<Fleet>(createFleet(fleet.snapshot()))
expectType<readonly FleetPlacement[]>(fleet.cordon({ gpus: ['a/0'], nodes: ['one'] }))
expectType<readonly FleetPlacement[]>(fleet.removeGpus(['a/0'], { evict: true }))
expectType<Promise<FleetRegret>>(fleet.regret({ deadlineMs: 100 }))
expectType<JoinedCompaction>(joinCompactions([]))
expectType<JoinedCompaction>(joinCompactions([], { lowerBound: { gpus: 0, cost: 0 } }))
splitFleet(fleet.snapshot(), 4)
fleet.addGpus(gpus, [{ id: 'job', need: { memoryMiB: 1 } }])
fleet.place({ profile: '3g.20gb' }, { at: { gpu: 'a/0', placement: { start: 0, size: 4 } } })

expectError(createFleet())
expectError(createFleet(gpus))
expectError(createFleet({ gpus, history: true }))
expectError(splitFleet(fleet.snapshot()))
expectError(createFleet({ gpus, policy: 'worst-fit' }))
expectError(createFleet({ gpus: [{ model: 'A30' }] }))
expectError(createFleet({ gpus: [{ id: 7, model: 'A30' }] }))
expectError(createFleet({ gpus: [{ id: 'a', geometry: 'A30' }] }))
expectError(fleet.place('1g.5gb'))
expectError(fleet.place({ profile: ['1g.5gb'] }))
expectError(fleet.place({ wholeGpu: false }))
expectError(fleet.place({ needs: { memoryMiB: 1 } }))
expectError(fleet.place({ need: { memory: 1 } }))
expectError(fleet.place({ profile: '1g.5gb', avoid: [{ label: 'a', scope: 'rack' }] }))
expectError(fleet.place({ profile: '1g.5gb', spread: [{ maxPerGpu: 1 }] }))
expectError(fleet.release({ id: 'a' }))
expectError(fleet.move({ id: 'a', gpu: 'b', placement: { start: 0, size: 1 } }))
expectError(fleet.move([{ id: 'a', gpu: 'b' }]))
expectError(fleet.place({ profile: '1g.5gb' }, { at: 'a/0' }))
expectError(fleet.place({ profile: '1g.5gb' }, { at: { placement: { start: 0, size: 1 } } }))
expectError(fleet.addGpus({ id: 'a', model: 'A30' }))
expectError(fleet.removeGpus('a'))
expectError(fleet.removeGpus(['a'], { force: true }))
expectError(fleet.cordon(['a']))
expectError(fleet.admit({ profile: '1g.5gb' }, plan))
expectError(configureNodes(gpus))
expectError(configureNodes(fleet, { node: 'one' }))
expectError(makeRoom(fleet, { profile: '1g.5gb' }, { live: 1 }))
expectError(packFleet({ gpus }))
expectError(packFleet({ gpus, requests: [], objective: 'least-gpus' }))
expectError(packFleet({ gpus, requests: [] }, { deadline: 10 }))
expectError(packFleet({ gpus, requests: [] }, { solver: 'highs' }))
expectError(packFleet({ gpus, requests: [] }).gap)
expectError(verifyBound({ gpus, requests: [] }))
expectError(makeRoom({ profile: '3g.20gb' }, fleet))
expectError(makeRoom(fleet, { profile: '3g.20gb' }, { moves: 2 }))
expectError(compactFleet(gpus))
expectType<Promise<FleetDrain>>(drainGpus(fleet, { nodes: ['one'] }, { pinned: ['a'] }))
expectError(drainGpus(fleet))
expectError(drainGpus(fleet, ['a']))
expectError(drainGpus({ gpus }, { gpus: ['a'] }, { maxMoves: 1 }))
expectError(compactFleet({ gpus }, { moveCost: {} }))
expectError(splitFleetPlan(plan.steps))

const answer = fleet.place({ profile: '1g.5gb' })
expectError(answer.placements)
if (answer.kind === 'refused') expectNotAssignable<typeof answer.reason>('full')
else expectType<string>(answer.id)
const room = makeRoom(fleet, { profile: '3g.20gb' })
expectError(room.plan)
if (room.kind === 'room') expectError(room.plan.steps.push())
if (room.kind === 'room') {
  expectType<FleetAnswer>(fleet.admit({ profile: '3g.20gb' }, room))
  fleet.place({ profile: '3g.20gb' }, { at: room })
}
