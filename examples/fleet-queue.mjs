// A queue in front of a fleet: jobs that find no room wait for the releases that matter to them, and when little is
// waiting, running jobs move together, stage by stage. It decides only; with real nodes, `configure` sends the
// configurations to applyMigConfig on each node. docs/fleet.md explains every call.
import { compactFleet, configureNodes, createFleet } from 'mig-nvml/fleet'

const fleet = createFleet({
  gpus: [
    { id: 'a', model: 'A100-SXM4-40GB', node: 'node-1', count: 2 },
    { id: 'b', model: 'A100-SXM4-40GB', node: 'node-2', count: 2 },
  ],
})

/** Jobs without room, in the order in which they came, each with the sets of instances that it waits for. */
const queue = []
let tried = 0

/** What the nodes have to be now. With real nodes: applyMigConfig(config) on each. */
function configure(nodes) {
  return configureNodes(fleet, { nodes }).length
}

function submit(job) {
  tried += 1
  const answer = fleet.place(job)
  if (answer.kind === 'placed') {
    const [{ gpu, node }] = answer.placements
    configure([node])
    console.log(`${job.id}: runs on ${gpu}`)
    return true
  }
  if (answer.reason === 'never') throw new Error(`${job.id}: no GPU could ever take it`)
  const { releases, complete, gpus } = fleet.wakeUps(job)
  const sets = releases.map(({ requests }) => new Set(requests))
  queue.push({ job, sets, gpus: complete ? null : new Set(gpus) })
  console.log(`${job.id}: waits, ${answer.reason}`)
  return false
}

/** Instances have left their places. Only jobs with a set that has left as a whole are tried again. */
function wake(left) {
  const woken = queue.filter(({ sets, gpus }) => {
    for (const { request, gpu } of left) {
      for (const set of sets) set.delete(request)
      if (gpus?.has(gpu)) return true
    }
    return sets.some(({ size }) => size === 0)
  })
  for (const waiting of woken) queue.splice(queue.indexOf(waiting), 1)
  for (const { job } of woken) submit(job)
}

function finish(id) {
  const left = fleet.release(id)
  configure(left.map(({ node }) => node))
  console.log(`${id}: done`)
  wake(left)
}

/** Empties GPUs by moves. Between the stages, other jobs may come and go. */
async function compact(between) {
  const { plan, freed } = await compactFleet(fleet)
  fleet.cordon({ gpus: freed }) // else new jobs come where others leave
  const run = fleet.apply(plan)
  try {
    for (let stage = run.begin(); stage !== null; stage = run.begin()) {
      configure(stage.nodes)
      for (const { request, from, to } of stage.moves) {
        console.log(`${request}: moves from ${from.gpu} to ${to.gpu}`)
      }
      run.done()
      between(stage.number)
    }
  } catch (error) {
    configure(run.giveUp().nodes)
    throw error
  } finally {
    fleet.uncordon({ gpus: freed })
  }
  // A GPU that is uncordoned may have room for any of them.
  for (const { job } of queue.splice(0)) submit(job)
  return freed
}

for (let number = 1; number <= 8; number += 1) submit({ id: `half-${number}`, profile: '3g.20gb' })
submit({ id: 'half-9', profile: '3g.20gb' })
submit({ id: 'whole', profile: '7g.40gb' })
const before = tried
finish('half-2') // half-9 takes its place; the job for a whole GPU is not tried
console.log(`${tried - before} tried again, ${queue.length} waiting`)
finish('half-4')
finish('half-6')
const freed = await compact((stage) => {
  if (stage !== 0) return
  finish('half-8')
  submit({ id: 'small', profile: '1g.5gb' })
})
console.log(`the moves have emptied ${freed.join()}, ${queue.length} waiting`)
