import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { simulatorFolder } from '../../../lib/simulator.js'

const dist = fileURLToPath(new URL('../../../dist', import.meta.url))

/** Looks at the system's driver after a simulated machine was used in the same process. */
function lookAfterSimulating(env: Readonly<Record<string, string>>): string {
  const program = `
    import { readMigState } from '${dist}/index.js'
    import { createSimulatedMachine } from '${dist}/simulator.js'
    const machine = createSimulatedMachine('A30')
    await readMigState({ library: machine.library })
    const look = await readMigState().catch((error) => error)
    console.log(look instanceof Error ? look.code + ' ' + look.message : look.gpus[0].name)`
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, MIG_NVML_LIBRARY: '', MIG_SIMULATOR_MACHINE: 'H100-80GB-SXM', ...env },
  })
}

describe('a simulated machine in the same process', () => {
  test('a simulated machine in the process does not take the place of a missing system driver', () => {
    expect(lookAfterSimulating({ LD_LIBRARY_PATH: '' })).toMatch(
      /^MIG_DRIVER_NOT_FOUND .*simulated driver/,
    )
  })

  test('a simulated driver in LD_LIBRARY_PATH is the system driver', () => {
    expect(lookAfterSimulating({ LD_LIBRARY_PATH: simulatorFolder() })).toMatch(/H100/)
  })
})
