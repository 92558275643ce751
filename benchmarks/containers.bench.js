// How long it takes to make what containers need of 8 A100 with 7 MIG devices each, after the machine has been
// read: a CDI specification with names by index and by UUID, the meaning of one name, and the read of the
// driver's list of minor numbers, which has 4,322 lines.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDeviceNumbers } from '../build/modules/system/device-numbers.js'
import { cdiSpec, resolveVisibleDevices } from '../dist/containers.js'
import { applyMigConfig, readMigState } from '../dist/index.js'
import { createSimulatedMachine, writeRootTree } from '../dist/simulator.js'

const runs = 201
const root = mkdtempSync(join(tmpdir(), 'mig-nvml-containers-'))
const machine = createSimulatedMachine([{ model: 'A100-SXM4-40GB', count: 8 }])
try {
  const seven = { devices: 'all', 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } }
  const { library } = machine
  await applyMigConfig({ version: 'v1', 'mig-configs': { seven: [seven] } }, { library })
  writeRootTree(machine, root)
  const state = await readMigState({ library, root })
  const minors = state.gpus.map(({ minorNumber }) => minorNumber)
  const { devices } = cdiSpec(state)
  if (devices.length !== 113) throw new Error(`${devices.length} devices, not 2 × 56 and all`)
  console.log(
    JSON.stringify([
      {
        what: 'a CDI specification of 56 MIG devices, after the read',
        value: median(() => cdiSpec(state)),
        unit: 'ms',
        bound: 2,
      },
      {
        what: 'the MIG device that an index means',
        value: median(() => resolveVisibleDevices('7:6', state)),
        unit: 'ms',
      },
      {
        what: 'the numbers of device nodes, read from the driver’s files',
        value: median(() => readDeviceNumbers(root, minors)),
        unit: 'ms',
      },
    ]),
  )
} finally {
  machine.close()
  rmSync(root, { recursive: true, force: true })
}

function median(work) {
  const times = Array.from({ length: runs }, () => {
    const started = performance.now()
    work()
    return performance.now() - started
  })
  return times.sort((a, b) => a - b)[runs >> 1]
}
