// Runs programs on MIG devices of this machine, as many at a time as fit: `node job-queue.mjs jobs.json`.
// Each gets a device that is large enough, made before it starts and removed after it has ended. All GPUs that can do
// MIG belong to the queue: what else is on them goes, unless a process uses it.
// Without a GPU: eval "$(npx mig-nvml simulator create --simulate '2x A100-SXM4-40GB' --store gpus.store)"
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { applyMigConfig, readMigState, recoverMig } from 'mig-nvml'
import { configureNodes, createFleet } from 'mig-nvml/fleet'

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('name a file of jobs')

/** Such as `[{"id": "train", "need": {"memoryMiB": 18000}, "command": ["python3", "train.py"]}]`. */
let waiting = JSON.parse(readFileSync(file, 'utf8'))
const running = new Map()
const stop = new AbortController()
process.once('SIGINT', () => stop.abort(new Error('interrupted')))

await recoverMig() // what an earlier run left, if it was killed
const { gpus } = await readMigState()
const fleet = createFleet({
  gpus: gpus
    .filter(({ geometry }) => geometry !== null)
    .map(({ uuid, name, geometry }) => ({ id: uuid, node: 'here', model: name, geometry })),
})

try {
  while (waiting.length > 0 || running.size > 0) {
    stop.signal.throwIfAborted()
    const placed = waiting.flatMap((job) => {
      const answer = fleet.place({ id: job.id, need: job.need })
      return answer.kind === 'placed' ? [{ job, place: answer.placements[0] }] : []
    })
    waiting = waiting.filter((job) => !placed.some((each) => each.job === job))
    if (placed.length === 0 && running.size === 0)
      throw new Error(`no GPU is large enough for ${waiting.map(({ id }) => id).join(', ')}`)
    const { after } = await applyFleet(stop.signal).catch((error) => {
      // The apply has undone its changes.
      for (const { job } of placed) fleet.release(job.id)
      throw error
    })
    for (const { job, place } of placed) start(job, findInstance(after, place))
    if (running.size > 0) await Promise.race(running.values())
  }
} finally {
  await Promise.all(running.values())
  await applyFleet()
  console.log('no MIG device is left')
}

/** Makes what the fleet says, and removes the devices of jobs that have ended. */
function applyFleet(signal) {
  const [{ config }] = configureNodes(fleet, { nodes: ['here'] })
  return applyMigConfig(config, { signal })
}

function findInstance({ gpus: all }, { gpu, profileId, placement }) {
  const { gpuInstances, index } = all.find(({ uuid }) => uuid === gpu)
  const instance = gpuInstances.find(
    (each) => each.profileId === profileId && each.placement.start === placement.start,
  )
  return { index, name: instance.profileName, uuid: instance.computeInstances[0].uuid }
}

function start({ id, command: [program, ...args] }, { index, name, uuid }) {
  console.log(`${id}: runs on a ${name} of GPU ${index}`)
  const env = { ...process.env, CUDA_VISIBLE_DEVICES: uuid }
  const child = spawn(program, args, { env, stdio: 'inherit' })
  // The terminal's Ctrl-C does not reach a program that starts right after it.
  stop.signal.addEventListener('abort', () => child.kill('SIGINT'))
  const ended = once(child, 'exit')
  const done = ended
    .then(([code, signal]) => console.log(`${id}: ended with ${code ?? signal}`))
    .catch((error) => console.log(`${id}: ${error.message}`))
    .finally(() => {
      fleet.release(id)
      running.delete(id)
    })
  running.set(id, done)
}
