// How long after a change of the layout a followed CDI specification has it: from the return of the call that creates a
// compute instance until the file has the device. The machine has 8 A100 with 7 MIG devices each. The folder is in
// memory, as /var/run is.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { applyMigConfig, followCdiSpec } from '../dist/index.js'
import { openNvml } from '../dist/nvml.js'
import { createSimulatedMachine, writeRootTree } from '../dist/simulator.js'

const changes = 41
const shared = '/dev/shm'
const folder = mkdtempSync(join(existsSync(shared) ? shared : tmpdir(), 'mig-nvml-cdi-'))
const root = join(folder, 'root')
mkdirSync(root)
const file = join(folder, 'nvidia.yaml')
const machine = createSimulatedMachine([{ model: 'A100-SXM4-40GB', count: 8 }])
const { library } = machine
writeRootTree(machine, root)
const seven = { devices: 'all', 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } }
await applyMigConfig({ version: 'v1', 'mig-configs': { seven: [seven] } }, { library })

// Only events of the driver wake it.
const watch = followCdiSpec({ library, root, file, intervalMs: 600_000 })
await watch.next()
void follow()
const nvml = await openNvml({ library })
try {
  const [{ uuid, gpuInstances }] = machine.describe().gpus
  const [{ id, computeInstances }] = gpuInstances
  const profile = computeInstances[0].profileId
  const whole = countDevices()
  const times = []
  for (let change = 0; change < changes; change++) {
    const [part] = machine
      .describe()
      .gpus[0].gpuInstances.find((each) => each.id === id).computeInstances
    await nvml.computeInstanceDestroy(uuid, id, part.id)
    await until(() => countDevices() < whole)
    // Any moment in the pause between two reads.
    await delay(60 + ((change * 37) % 100))
    await nvml.gpuInstanceCreateComputeInstance(uuid, id, profile)
    const started = performance.now()
    await until(() => countDevices() === whole)
    times.push(performance.now() - started)
  }
  times.sort((a, b) => a - b)
  console.log(
    JSON.stringify([
      {
        what: 'from a change of the layout to the CDI file that has it',
        value: times[changes >> 1],
        unit: 'ms',
        bound: 100,
      },
      { what: 'the longest of 41 changes', value: times[changes - 1], unit: 'ms', bound: 100 },
    ]),
  )
} finally {
  await nvml.close()
  machine.close()
  rmSync(folder, { recursive: true, force: true })
}
process.exit()

async function follow() {
  for await (const update of watch) if (update.kind !== 'written') throw update.error
}

function countDevices() {
  return readFileSync(file, 'utf8').split('- name:').length - 1
}

async function until(isThere) {
  const limit = performance.now() + 10_000
  while (!isThere()) {
    if (performance.now() > limit) throw new Error('the file does not follow')
    await delay(1)
  }
}
