// Measures something on several partitions of the same GPUs, and always restores the old partition:
// `node benchmark-script.mjs`. The machine is simulated. With a real one, leave out `library`.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withMigConfig } from 'mig-nvml'
import { createSimulatedMachine } from 'mig-nvml/simulator'

const partitions = {
  whole: { '7g.40gb': 1 },
  halves: { '3g.20gb': 2 },
  sevenths: { '1g.5gb': 7 },
}
const config = {
  version: 'v1',
  'mig-configs': Object.fromEntries(
    Object.entries(partitions).map(([name, devices]) => [
      name,
      [{ devices: [0], 'mig-enabled': true, 'mig-devices': devices }],
    ]),
  ),
}

const machine = createSimulatedMachine('2x A100-SXM4-40GB')
const stop = new AbortController()
process.once('SIGINT', () => stop.abort(new Error('interrupted')))

try {
  for (const name of Object.keys(partitions)) {
    const { devices } = await withMigConfig(config, measure, {
      config: name,
      library: machine.library,
      signal: stop.signal,
      // `restoreMig` needs it if this program is killed.
      checkpointFile: join(tmpdir(), `before-${name}-${process.pid}.json`),
    })
    console.log(`${name}: ${devices} on GPU 0`)
  }
} finally {
  machine.close()
}

/** Stands for a program that runs on each MIG device, with its UUID in CUDA_VISIBLE_DEVICES. */
async function measure({ after }) {
  stop.signal.throwIfAborted()
  const uuids = after.gpus[0].gpuInstances.flatMap(({ computeInstances }) =>
    computeInstances.map(({ uuid }) => uuid),
  )
  return { devices: uuids.length }
}
