// How many driver calls each piece of work makes on one A100 with MIG mode on, counted by the
// simulated driver. Each runs in a process of its own, on a machine that another process has
// prepared: a process reads the profile tables of a GPU only once.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { applyMigConfig, planMigConfig, readMigState } from '../dist/index.js'
import { createSimulatedMachine, openSimulatedMachine } from '../dist/simulator/index.js'

const partitions = {
  seven: { '1g.5gb': 7 },
  balanced: { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 },
  tooMuch: { '1g.5gb': 7, '2g.10gb': 3 },
}
const look = (library) => readMigState({ library })
const apply = (name) => (library) => applyMigConfig(documentOf(name), { library })

/** `bounds`: changing calls, all calls. `reference`: the same of mig-parted v0.15.0. */
const rows = [
  {
    what: 'empty → 7 × 1g.5gb',
    work: apply('seven'),
    bounds: [14, 150],
    reference: [20, 207],
  },
  {
    what: '7 × 1g.5gb → balanced',
    prepared: 'seven',
    work: apply('balanced'),
    bounds: [14, 200],
    reference: [23, 540],
  },
  {
    what: '7 × 1g.5gb again',
    prepared: 'seven',
    work: apply('seven'),
    bounds: [0, 90],
    reference: [0, 122],
  },
  { what: 'first look at 7 × 1g.5gb', prepared: 'seven', work: look, bounds: [0, 90] },
  {
    what: 'further look of the same process',
    prepared: 'seven',
    before: look,
    work: look,
    bounds: [0, 60],
  },
  {
    what: '7 × 1g.5gb + 3 × 2g.10gb, which does not fit',
    prepared: 'seven',
    work: (library) =>
      planMigConfig(documentOf('tooMuch'), { library }).then(
        () => Promise.reject(new Error('it was planned')),
        () => undefined,
      ),
    bounds: [0, 90],
  },
]

const [, self, index, store] = process.argv
if (index === undefined) measureAll()
else await measure(rows[index], store)

function measureAll() {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-calls-'))
  try {
    const figures = rows.flatMap(({ what, prepared, bounds, reference }, row) => {
      const file = join(folder, `${row}.store`)
      createSimulatedMachine([{ model: 'A100-SXM4-40GB', migEnabled: true }], {
        store: file,
      }).close()
      if (prepared !== undefined) prepare(file, prepared)
      const counts = JSON.parse(
        execFileSync(process.execPath, [self, String(row), file], { encoding: 'utf8' }),
      )
      return ['changing', 'total'].map((kind, column) => ({
        what: `${what}: ${kind === 'changing' ? 'changes' : 'all'}`,
        value: counts[kind],
        unit: 'calls',
        bound: bounds[column],
        ...(reference === undefined ? {} : { reference: `mig-parted ${reference[column]}` }),
      }))
    })
    console.log(JSON.stringify(figures))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function prepare(file, name) {
  const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
  execFileSync(process.execPath, [cli, 'apply', '-f', '-', '--store', file], {
    input: JSON.stringify(documentOf(name)),
  })
}

async function measure({ before, work }, file) {
  const machine = openSimulatedMachine(file)
  await before?.(machine.library)
  machine.resetCallCounts()
  await work(machine.library)
  console.log(JSON.stringify(machine.callCounts()))
}

function documentOf(name) {
  return {
    version: 'v1',
    'mig-configs': {
      [name]: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': partitions[name] }],
    },
  }
}
