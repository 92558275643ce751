// A scheduler in small: jobs come and go on two machines, and where one finds no room, others move for it
// while they run. The machines are simulated; on real ones `library` is left out, and what is applied
// here is sent to an agent on the node. docs/embedding.md goes through it.
import { applyMigConfig, isMigError, readMigState, recoverMig } from 'mig-nvml'
import { configureNodes, createFleet, makeRoom, splitFleetPlan } from 'mig-nvml/fleet'
import { createSimulatedMachine } from 'mig-nvml/simulator'

const nodes = new Map(
  ['node-1', 'node-2'].map((node, seed) => [
    node,
    createSimulatedMachine('A100-SXM4-40GB', { seed }),
  ]),
)
const stop = new AbortController()
process.once('SIGINT', () => stop.abort(new Error('interrupted')))

/** Where each job is: what a scheduler keeps in its database, written before anything is applied. */
const records = new Map()
/** What runs: the process of each job, and its node. */
const running = new Map()
let nextPid = 1000
/** The node of each GPU, by UUID. */
const nodeOf = new Map()

try {
  let fleet = await startFleet()
  for (const [id, profile] of [
    ['web-1', '1g.5gb'],
    ['train-1', '3g.20gb'],
    ['train-2', '3g.20gb'],
    ['web-2', '1g.5gb'],
    ['train-3', '3g.20gb'],
  ])
    await admit(fleet, { id, profile })
  await finish(fleet, 'train-1')
  await admit(fleet, { id: 'big', profile: '4g.20gb' })
  await admit(fleet, { id: 'whole', profile: '7g.40gb' })

  // The scheduler ends, and starts again: what it knows are its records.
  fleet = await startFleet()
  await finish(fleet, 'big')
} finally {
  for (const machine of nodes.values()) machine.close()
}

/** A fleet of all GPUs that can do MIG, with what the records say; the machines become the same. */
async function startFleet() {
  const gpus = []
  for (const [node, { library }] of nodes) {
    for (const { gpu, outcome } of (await recoverMig({ library, signal: stop.signal })).recovered)
      console.log(`${node}: an apply that was cut short on ${gpu}: ${outcome}`)
    const state = await readMigState({ library, signal: stop.signal })
    for (const { uuid, name, geometry } of state.gpus) {
      if (geometry === null) continue
      nodeOf.set(uuid, node)
      gpus.push({ id: uuid, node, model: name, geometry, layout: heldOn(uuid) })
    }
  }
  const fleet = createFleet({ gpus })
  const changes = await carryOut(fleet, ...nodes.keys())
  console.log(`${gpus.length} GPUs, ${records.size} jobs, ${changes} changes to the machines`)
  return fleet
}

function heldOn(uuid) {
  return [...records]
    .filter(([, { gpu }]) => gpu === uuid)
    .map(([id, { profileId, placement }]) => ({ id, profileId, placement }))
}

/** Makes nodes what the fleet says; what is so already costs a look. Gives the changing driver calls. */
async function carryOut(fleet, ...names) {
  const reports = await Promise.all(
    configureNodes(fleet, { nodes: names }).map(({ node, config }) => apply(node, config)),
  )
  return reports.reduce((sum, { calls }) => sum + calls.changing, 0)
}

function apply(node, config) {
  return applyMigConfig(config, { library: nodes.get(node).library, signal: stop.signal })
}

/** Places a request, by moves where it takes some, and starts the job. */
async function admit(fleet, request) {
  const { id } = request
  try {
    let answer = fleet.place(request)
    if (answer.kind === 'refused' && answer.reason === 'moves') {
      const room = await moveForIt(fleet, request)
      if (room !== null) answer = fleet.place(request, { at: room })
    }
    if (answer.kind === 'refused') {
      console.log(`${id}: refused, ${answer.reason}${answer.proven ? ', proven' : ''}`)
      return
    }
    const [place] = answer.placements
    records.set(id, place)
    await carryOut(fleet, nodeOf.get(place.gpu))
    await runAt(id, place)
  } catch (error) {
    // The apply has taken back what it had done. The place is free again, and the job is not here.
    if (records.delete(id)) fleet.release(id)
    if (!isMigError(error) || error.code === 'ABORT_ERR') throw error
    console.log(`${id}: ${error.code}, ${error.message}`)
  }
}

/** Moves running jobs, each to a MIG device that is there before it leaves its own. Gives the place that is free then. */
async function moveForIt(fleet, request) {
  const room = makeRoom(fleet, request, { maxMoves: 4, live: true })
  if (room.kind !== 'room') return null
  const { plan } = room
  try {
    for (const stage of splitFleetPlan(plan)) {
      await Promise.all(stage.nodes.map(({ node, config }) => apply(node, config)))
      for (const step of stage.steps) {
        const { kind, move, gpu, instance } = plan.steps[step]
        if (kind !== 'create' || move === null) continue
        const { request: id, profileId, placement } = instance
        await runAt(id, { gpu, profileId, placement })
        fleet.move([{ id, gpu, placement }])
        records.set(id, { gpu, profileId, placement })
      }
    }
  } catch (error) {
    // Each job is where the fleet says. What was made for those that have not moved goes.
    await carryOut(fleet, ...new Set(plan.gpus.map(({ gpu }) => nodeOf.get(gpu))))
    throw error
  }
  return room
}

/** Starts a job on its MIG device, or has it change over: here a simulated process. */
async function runAt(id, { gpu: uuid, profileId, placement }) {
  const node = nodeOf.get(uuid)
  const machine = nodes.get(node)
  const { gpus } = await readMigState({ library: machine.library, signal: stop.signal })
  const gpu = gpus.find((each) => each.uuid === uuid)
  const instance = gpu.gpuInstances.find(
    (each) => each.profileId === profileId && each.placement.start === placement.start,
  )
  const [device] = instance.computeInstances // its `uuid` is for CUDA_VISIBLE_DEVICES
  const pid = nextPid++
  machine.addProcess({
    ...{ pid, gpu: gpu.index, name: id },
    ...{ gpuInstanceId: instance.id, computeInstanceId: device.id },
  })
  const verb = running.has(id) ? 'moves to' : 'runs on'
  end(id)
  running.set(id, { machine, pid })
  console.log(`${id}: ${verb} ${node}, ${instance.profileName} at ${placement.start}`)
}

async function finish(fleet, id) {
  if (!records.has(id)) return
  end(id)
  const [{ gpu }] = fleet.release(id)
  records.delete(id)
  console.log(`${id}: done, ${await carryOut(fleet, nodeOf.get(gpu))} changes`)
}

function end(id) {
  const process = running.get(id)
  process?.machine.removeProcess(process.pid)
  running.delete(id)
}
