import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { OpenTrial } from './run-case.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** This package's command line, in a process of its own. */
export const openOwnTrial: OpenTrial = async (spec, options) => {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-trial-'))
  const store = join(folder, 'store')
  const machine = createSimulatedMachine(spec, { ...options, store })
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^MIG_(?:PARTED|NVML|SIMULATOR)_/.test(name)),
  )
  return {
    machine,
    run: (args, more) =>
      new Promise((resolve) => {
        const all = [cli, ...args, ...more, '--store', store]
        execFile(process.execPath, all, { env }, (error, stdout, stderr) => {
          const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null
          resolve({ status, stdout, stderr })
        })
      }),
    [Symbol.dispose]() {
      machine.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
