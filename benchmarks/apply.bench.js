// How long an operator waits, and a scheduler: both command lines from start to end, and one call of a
// program, on equal simulated machines on which creating and destroying a GPU instance takes as long as
// published for the A100.
import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { argumentsFor, cli, prepare } from './apply/partitions.js'
import { isFirstRun } from './first-run.js'
import { withPeers } from './peers/peers.js'

const works = [
  { what: 'empty → 7 × 1g.5gb', to: 'seven' },
  { what: '7 × 1g.5gb → balanced', from: 'seven', to: 'balanced' },
  { what: '7 × 1g.5gb again', from: 'seven', to: 'seven', isRepeated: true },
  { what: '7 × 1g.5gb again, from the disk', from: 'seven', to: 'seven', isCold: true },
  {
    what: '7 × 1g.5gb → 4 × 1g.5gb + 2 × 2g.10gb, which does not fit',
    status: 1,
    from: 'seven',
    to: 'eightSlices',
    isLong: true,
  },
]

const root = fileURLToPath(new URL('..', import.meta.url))
const programPath = (name) => fileURLToPath(new URL(`apply/${name}`, import.meta.url))
const [timeCommand, timeCall] = ['time-command.js', 'time-call.js'].map(programPath)

await withPeers(['nvidia-mig-parted'], async ({ createHost, paths }) => {
  const parted = paths['nvidia-mig-parted']
  const rows = []
  for (const work of works.filter(({ isLong }) => isFirstRun || !isLong)) {
    const time = (run) => timeOn(createHost, work, run)
    rows.push({
      what: work.what,
      value: await time((host) => {
        // This Node runs already, and is in memory.
        const program = work.isCold ? copyOf(process.execPath, host) : process.execPath
        const how = howOf(work, [program, ...filesOfOurs()])
        return node(host, timeCommand, ...how, program, cli, ...apply(host))
      }),
      unit: 's',
      beside: {
        applyMigConfig: work.isCold
          ? null
          : await time((host) => {
              const { MIG_SIMULATOR_STORE } = host.machine.env
              return node(host, timeCall, MIG_SIMULATOR_STORE, work.to)
            }),
        'mig-parted':
          parted &&
          (await time((host) =>
            enter(host, timeCommand, ...howOf(work, [parted]), parted, ...apply(host)),
          )),
      },
    })
    function apply(host) {
      return argumentsFor(host.folder, work.to)
    }
  }
  console.log(JSON.stringify(rows))
})

function howOf({ isRepeated, isCold }, files) {
  if (isCold) return ['--cold', files.join(':')]
  return isRepeated ? ['--repeat', '5'] : []
}

function copyOf(program, host) {
  const copy = join(host.folder, 'program')
  copyFileSync(program, copy)
  return copy
}

/** What the command line loads, beside Node. */
function filesOfOurs() {
  const folders = ['dist', 'build/Release'].map((name) => join(root, name))
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:js|node)$/.test(entry.name))
      .map(({ parentPath, name }) => join(parentPath, name)),
  )
}

async function timeOn(createHost, { what, from, status: wanted = 0 }, run) {
  const host = await createHost('A100-SXM4-40GB +mig')
  try {
    prepare(host, from)
    host.machine.setLatency('a100')
    const { seconds, status, stderr } = JSON.parse(await run(host))
    if (status !== wanted) throw new Error(`${what}: ended with ${status}: ${stderr}`)
    return seconds
  } finally {
    host.close()
  }
}

function node({ machine }, ...args) {
  return execFileSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, ...machine.env },
  })
}

/** mig-parted looks for the host's modules and PCI devices. */
async function enter(host, ...args) {
  return (await host.run(process.execPath, args, { timeoutMs: 300_000 })).stdout
}
