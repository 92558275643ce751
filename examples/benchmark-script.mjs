// Runs a program on each MIG device of a GPU, on several layouts in turn, and brings the GPU back to how it was:
// `node benchmark-script.mjs python3 bench.py`. A program finds its device in CUDA_VISIBLE_DEVICES.
// Without a GPU: eval "$(npx mig-nvml simulator create --simulate A100-SXM4-40GB --store gpus.store)"
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withMigConfig } from 'mig-nvml'

const layouts = {
  whole: { '7g.40gb': 1 },
  halves: { '3g.20gb': 2 },
  mixed: { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 },
  sevenths: { '1g.5gb': 7 },
}
const [program, ...args] = process.argv.slice(2)
if (program === undefined) throw new Error('name a program to run')

const stop = new AbortController()
const children = new Set()
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    stop.abort(new Error(`stopped by ${signal}`))
    for (const child of children) child.kill()
  })
}

for (const [name, migDevices] of Object.entries(layouts)) {
  const { devices, seconds } = await withMigConfig({ gpu: 0, migDevices }, measure, {
    signal: stop.signal,
    // If this script is killed, `npx mig-nvml restore -f` takes this file.
    checkpointFile: join(tmpdir(), `before-${name}-${process.pid}.json`),
  })
  const rate = (devices / seconds).toFixed(2)
  console.log(`${name}: ${devices} at a time, ${rate} runs a second`)
}

/** Runs the program once on each device, on all of them at the same time. */
async function measure({ after }) {
  const gpu = after.gpus.find(({ index }) => index === 0)
  const uuids = gpu.gpuInstances.flatMap(({ computeInstances }) =>
    computeInstances.map(({ uuid }) => uuid),
  )
  const start = performance.now()
  const runs = await Promise.allSettled(uuids.map(run))
  // Only now has every process ended, so that the GPU can be restored.
  const failed = runs.find(({ status }) => status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return { devices: uuids.length, seconds: (performance.now() - start) / 1000 }
}

async function run(uuid) {
  stop.signal.throwIfAborted()
  const env = { ...process.env, CUDA_VISIBLE_DEVICES: uuid }
  const child = spawn(program, args, { env, stdio: 'inherit' })
  children.add(child)
  const [code, signal] = await once(child, 'exit').finally(() => children.delete(child))
  if (code !== 0) throw new Error(`${program} on ${uuid} ended with ${code ?? signal}`)
}
