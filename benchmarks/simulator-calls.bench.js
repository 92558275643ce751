// How long one read from the simulated driver takes a C program, with a machine of its own and with
// one that processes share.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSimulatedMachine } from '../dist/simulator.js'

const spec = '8x A100-SXM4-40GB'
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-simulator-'))
const program = join(folder, 'call')
const machine = createSimulatedMachine(spec, { store: join(folder, 'machine') })
try {
  const source = fileURLToPath(new URL('simulator/call.c', import.meta.url))
  execFileSync('cc', ['-std=c11', '-O2', '-Wall', '-Wextra', '-o', program, source, '-ldl'])
  console.log(
    JSON.stringify([
      ...measure('private', { MIG_SIMULATOR_MACHINE: spec }, 1),
      ...measure('shared', machine.env, 5),
    ]),
  )
} finally {
  machine.close()
  rmSync(folder, { recursive: true, force: true })
}

function measure(store, environment, bound) {
  const { MIG_SIMULATOR_STORE, MIG_SIMULATOR_MACHINE, ...rest } = process.env
  const output = execFileSync(program, [machine.library.path], {
    encoding: 'utf8',
    env: { ...rest, ...environment },
  })
  const measured = JSON.parse(output)
  if (measured.store !== store) throw new Error(`the store is ${measured.store}, not ${store}`)
  return Object.entries(measured.medianNs).map(([name, ns]) => ({
    what: `${name}, ${store} store`,
    value: ns / 1000,
    unit: 'µs',
    bound,
  }))
}
