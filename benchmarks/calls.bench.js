// How many driver calls each piece of work makes on one A100 with MIG mode on, counted by the
// simulated driver. The machine is prepared by another process: a process reads the profile tables
// of a GPU only once, and these are the counts of one that has just started.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { applyMigConfig, planMigConfig, readMigState } from '../dist/index.js'
import { createSimulatedMachine } from '../dist/simulator/index.js'

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-calls-'))
const partitions = {
  'all-1g.5gb': { '1g.5gb': 7 },
  'all-balanced': { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 },
  'too-much': { '1g.5gb': 7, '2g.10gb': 3 },
}
const rows = []

try {
  await measure('empty → 7 × 1g.5gb', null, apply('all-1g.5gb'), [14, 150], 'mig-parted 20, 207')
  await measure(
    '7 × 1g → balanced',
    'all-1g.5gb',
    apply('all-balanced'),
    [14, 200],
    'mig-parted 23, 540',
  )
  await measure('7 × 1g again', 'all-1g.5gb', apply('all-1g.5gb'), [0, 90], 'mig-parted 0, 122')
  const look = (library) => readMigState({ library })
  await measure('first look at 7 × 1g', 'all-1g.5gb', look, [0, 90])
  await measure('further look at 7 × 1g', 'all-1g.5gb', look, [0, 60], undefined, look)
  await measure(
    '7 × 1g + 3 × 2g: infeasible',
    null,
    (library) =>
      planMigConfig(documentOf('too-much'), { library }).then(
        () => Promise.reject(new Error('was planned')),
        () => undefined,
      ),
    [0, 90],
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(JSON.stringify(rows))

/** `prepared`: how the machine is before; `warm`: what this process has done already. */
async function measure(what, prepared, work, [changing, total], reference, warm) {
  const store = join(folder, `${rows.length}.store`)
  const machine = createSimulatedMachine([{ model: 'A100-SXM4-40GB', migEnabled: true }], { store })
  if (prepared !== null) {
    execFileSync(process.execPath, [cli, 'apply', '-f', '-', '--store', store], {
      input: JSON.stringify(documentOf(prepared)),
    })
  }
  await warm?.(machine.library)
  machine.resetCallCounts()
  await work(machine.library)
  const counts = machine.callCounts()
  machine.close()
  rows.push({
    what: `${what}: changes`,
    value: counts.changing,
    unit: 'calls',
    bound: changing,
    reference,
  })
  rows.push({ what: `${what}: all`, value: counts.total, unit: 'calls', bound: total })
}

function apply(name) {
  return (library) => applyMigConfig(documentOf(name), { library })
}

function documentOf(name) {
  return {
    version: 'v1',
    'mig-configs': {
      [name]: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': partitions[name] }],
    },
  }
}
