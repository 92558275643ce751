// How long a further look at 8 A100 with 7 MIG devices each takes: by a C program, by the addon and
// by nvidia-ml-py, which make the same calls on the same stored machine. They take turns, so that a
// busy moment of this computer strikes all alike. The addon calls NVML on a thread of libuv's pool; what
// the way there and back costs by itself is measured beside it.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSimulatedMachine } from '../dist/simulator.js'
import { withPeers } from './peers/peers.js'

const rounds = 9
const expected = { migDevices: 56, calls: 361 }

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-snapshot-'))
const store = join(folder, 'machine')
const machine = createSimulatedMachine([{ model: 'A100-SXM4-40GB', count: 8, migEnabled: true }], {
  store,
})
try {
  fill()
  const python = await withPeers(['nvidia-ml-py'], ({ paths }) => paths['nvidia-ml-py'])
  const programs = findPrograms(python)
  for (const program of programs) checkCalls(program)
  const times = new Map(programs.map(({ what }) => [what, []]))
  for (let round = 0; round < rounds; round++) {
    for (const program of programs)
      times.get(program.what).push(run(program, program.looks).medianUs)
  }
  console.log(JSON.stringify(toRows(times)))
} finally {
  machine.close()
  rmSync(folder, { recursive: true, force: true })
}

/** From another process, so that the programs find the machine as a stranger left it. */
function fill() {
  const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
  const all = { devices: 'all', 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } }
  execFileSync(process.execPath, [cli, 'apply', '-f', '-', '--store', store], {
    input: JSON.stringify({ version: 'v1', 'mig-configs': { seven: [all] } }),
  })
}

/**
 * `args` makes the arguments for so many looks. `changes`: they leave the machine as it was when even.
 * `seesNothing`: it calls no NVML.
 */
function findPrograms(python) {
  const file = (name) => fileURLToPath(new URL(`snapshot/${name}`, import.meta.url))
  const library = machine.library.path
  const compiled = join(folder, 'snapshot')
  execFileSync('c++', [
    ...['-std=c++20', '-O3', '-Wall', '-Wextra', '-o', compiled, file('snapshot.cc'), '-ldl'],
    `-I${fileURLToPath(new URL('../native', import.meta.url))}`,
  ])
  const addon = (what) => ({
    what,
    path: process.execPath,
    args: (looks) => [file('snapshot.js'), library, looks, what],
    looks: 2001,
  })
  const programs = [
    { what: 'c', path: compiled, args: (looks) => [library, looks], looks: 2001 },
    { ...addon('roundTrip'), seesNothing: true },
    addon('snapshot'),
    addon('readState'),
    { ...addon('readChangedState'), looks: 100, changes: true },
  ]
  if (python !== null) {
    const args = (looks) => [file('snapshot.py'), looks]
    programs.push({ what: 'python', path: python, args, looks: 101 })
  }
  return programs
}

function run({ path, args }, looks) {
  const output = execFileSync(path, args(String(looks)), {
    encoding: 'utf8',
    env: { ...process.env, ...machine.env },
  })
  return JSON.parse(output)
}

/** One look more must make the calls of a look more, and see what there is. */
function checkCalls(program) {
  if (program.changes || program.seesNothing) return
  const counted = [1, 2].map((looks) => {
    machine.resetCallCounts()
    const { migDevices } = run(program, looks)
    return { migDevices, calls: machine.callCounts().total }
  })
  const seen = { migDevices: counted[1].migDevices, calls: counted[1].calls - counted[0].calls }
  if (seen.migDevices !== expected.migDevices || seen.calls !== expected.calls)
    throw new Error(`${program.what}: ${JSON.stringify(seen)}, not ${JSON.stringify(expected)}`)
}

function toRows(times) {
  const calls = `${expected.calls} calls`
  const time = (what, name) => {
    if (!times.has(name)) return { what, skipped: 'nvidia-ml-py is missing' }
    return { what, value: median(times.get(name)), unit: 'µs', spread: ends(times.get(name)) }
  }
  // Of each round, so that both sides are of the same moment.
  const ratio = (what, of, names, limit = {}) => {
    if (!names.every((name) => times.has(name))) return { what, skipped: 'nvidia-ml-py is missing' }
    const [first] = names
    const each = times.get(first).map((_, round) => of(...names.map((n) => times.get(n)[round])))
    return { what, value: median(each), unit: '', spread: ends(each), ...limit }
  }
  const quotient = (a, b) => a / b
  return [
    time(`C program, ${calls}`, 'c'),
    time('way to libuv’s pool and back, without work', 'roundTrip'),
    time(`addon: snapshot, ${calls}`, 'snapshot'),
    time(`addon: readState, nothing changed, ${calls}`, 'readState'),
    time('addon: readState, all GPUs changed', 'readChangedState'),
    time(`nvidia-ml-py, ${calls}`, 'python'),
    ratio('addon: snapshot / C program', quotient, ['snapshot', 'c'], { bound: 1.5 }),
    ratio('addon: snapshot without the way / C program', (addon, c, way) => (addon - way) / c, [
      'snapshot',
      'c',
      'roundTrip',
    ]),
    ratio('addon: readState / C program', quotient, ['readState', 'c']),
    ratio('nvidia-ml-py / C program', quotient, ['python', 'c']),
    ratio('nvidia-ml-py / addon: snapshot', quotient, ['python', 'snapshot'], { atLeast: 10 }),
  ]
}

function median(list) {
  return list.toSorted((a, b) => a - b)[list.length >> 1]
}

function ends(list) {
  return [Math.min(...list), Math.max(...list)]
}
