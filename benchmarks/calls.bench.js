// How many driver calls each piece of work makes on one A100 with MIG mode on, counted by the simulated
// driver: by this package, and by mig-parted on an equal machine. Each runs in a process of its own, on a
// machine that another process has prepared: a process reads the profile tables of a GPU only once.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { argumentsFor, prepare } from './apply/partitions.js'
import { withPeers } from './peers/peers.js'

const program = fileURLToPath(new URL('calls/one-work.js', import.meta.url))

/** `bounds`: changing calls, all calls. `parted`: the command of mig-parted that does it, if not apply. */
const works = [
  { what: 'empty → 7 × 1g.5gb', work: ['seven'], outcome: 'applied', bounds: [14, 150] },
  {
    what: '7 × 1g.5gb → balanced',
    prepared: 'seven',
    work: ['balanced'],
    outcome: 'applied',
    bounds: [14, 200],
  },
  {
    what: '7 × 1g.5gb again',
    prepared: 'seven',
    work: ['seven'],
    outcome: 'unchanged',
    bounds: [0, 90],
  },
  {
    what: '7 × 1g.5gb + 3 × 2g.10gb, which does not fit',
    prepared: 'seven',
    work: ['tooMuch'],
    outcome: 'MIG_PARTITION_INFEASIBLE',
    bounds: [0, 90],
  },
  {
    what: 'first look at 7 × 1g.5gb',
    prepared: 'seven',
    work: ['look'],
    outcome: 'seen',
    parted: ['export'],
    bounds: [0, 90],
  },
  {
    what: 'further look of the same process',
    prepared: 'seven',
    work: ['look', 'look'],
    outcome: 'seen',
    parted: null,
    bounds: [0, 60],
  },
]

await withPeers(['nvidia-mig-parted'], async ({ createHost, paths }) => {
  const parted = paths['nvidia-mig-parted']
  const rows = []
  for (const each of works) {
    const ours = await countOurs(createHost, each)
    const theirs =
      parted === null || each.parted === null
        ? undefined
        : await countParted(createHost, parted, each)
    for (const [column, [kind, title]] of [
      ['changing', 'changes'],
      ['total', 'all'],
    ].entries()) {
      rows.push({
        what: `${each.what}: ${title}`,
        value: ours[kind],
        unit: 'calls',
        bound: each.bounds[column],
        // Not there: it has nothing that compares.
        beside: each.parted === null ? {} : { 'mig-parted': theirs?.[kind] ?? null },
      })
    }
  }
  console.log(JSON.stringify(rows))
})

async function countOurs(createHost, { what, prepared, work, outcome }) {
  const host = await createHost('A100-SXM4-40GB +mig')
  try {
    prepare(host, prepared)
    const args = [program, host.machine.env.MIG_SIMULATOR_STORE, ...work]
    const counts = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
    if (counts.outcome !== outcome) throw new Error(`${what}: ${counts.outcome}, not ${outcome}`)
    return counts
  } finally {
    host.close()
  }
}

/** What cannot fit ends with 1. */
async function countParted(createHost, path, { what, prepared, work, outcome, parted }) {
  const host = await createHost('A100-SXM4-40GB +mig')
  try {
    prepare(host, prepared)
    host.machine.resetCallCounts()
    const args = parted ?? argumentsFor(host.folder, work[0])
    const { status, stderr } = await host.run(path, args)
    if (status !== (outcome.startsWith('MIG_') ? 1 : 0))
      throw new Error(`${what}: mig-parted ended with ${status}: ${stderr}`)
    return host.machine.callCounts()
  } finally {
    host.close()
  }
}
