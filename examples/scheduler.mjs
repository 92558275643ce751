// A small scheduler. Jobs come and go on two machines, and running jobs move if a new one finds no room.
// The machines are simulated. With real ones, leave out `library`, and send the configurations to an agent on
// each node. docs/embedding.md explains every part.
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

/** The place of each job. A scheduler keeps this in its database and writes it before each apply. */
const records = new Map()
/** The process of each job, with its machine. */
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

  // The scheduler restarts and knows only its records.
  fleet = await startFleet()
  await finish(fleet, 'big')
} finally {
  for (const machine of nodes.values()) machine.close()
}

/** Makes a fleet of all GPUs with MIG from the records, and brings the machines in line with it. */
async function startFleet() {
  const gpus = []
  for (const [node, { library }] of nodes) {
    for (const { gpu, outcome } of (await recoverMig({ library, signal: stop.signal })).recovered)
      console.log(`${node}: an apply was interrupted on ${gpu}: ${outcome}`)
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

/** Brings nodes in line with the fleet, and returns the number of changing driver calls. */
async function carryOut(fleet, ...names) {
  const reports = await Promise.all(
    configureNodes(fleet, { nodes: names }).map(({ node, config }) => apply(node, config)),
  )
  return reports.reduce((sum, { calls }) => sum + calls.changing, 0)
}

function apply(node, config) {
  return applyMigConfig(config, { library: nodes.get(node).library, signal: stop.signal })
}

/** Places a request, after moves if it needs some, and starts the job. */
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
    // The apply has undone its changes. The place is free again, and the job does not run.
    if (records.delete(id)) fleet.release(id)
    if (!isMigError(error) || error.code === 'ABORT_ERR') throw error
    console.log(`${id}: ${error.code}, ${error.message}`)
  }
}

/** Moves running jobs, each to a new MIG device before it leaves the old one. Returns the place that gets free. */
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
    // Each job is where the fleet says. Remove the instances for jobs that have not moved.
    await carryOut(fleet, ...new Set(plan.gpus.map(({ gpu }) => nodeOf.get(gpu))))
    throw error
  }
  return room
}

/** Starts a job on its MIG device, or moves it there. Here it is a simulated process. */
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
    pid,
    gpu: gpu.index,
    name: id,
    gpuInstanceId: instance.id,
    computeInstanceId: device.id,
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
