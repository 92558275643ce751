import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { addonPath } from '../../support/native-paths.js'
import { deviceFolder, probePath, scratchFile, storedMachine, useProbe } from './run-check.js'

useProbe()

test('the files that docs/device-check.md lists suffice to run the check on another machine', () => {
  const root = join(deviceFolder, '../..')
  const elsewhere = scratchFile('carried')
  for (const each of ['package.json', 'build/modules', 'catalog', 'test/device']) {
    cpSync(join(root, each), join(elsewhere, each), { recursive: true })
  }
  cpSync(addonPath(), join(elsewhere, 'build/Release/mig_nvml.node'))
  using machine = storedMachine('H200')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(elsewhere, 'test/device/check.js'), '--probe', probePath()],
    { encoding: 'utf8', env: { ...process.env, ...machine.env, MIG_NVML_BINDING: '' } },
  )
  expect(stderr).toContain('As the catalog says.')
  expect(JSON.parse(stdout)).toMatchObject({ result: 'checked', probe: { result: 'complete' } })
  expect(status).toBe(0)
})

describe('the command line', () => {
  const run = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
    spawnSync(process.execPath, [join(deviceFolder, 'check.js'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    })

  test('without --out, the device check prints its document and nothing else', () => {
    using machine = storedMachine('T4')
    const { status, stdout } = run(machine.env, '--probe', probePath())
    expect(JSON.parse(stdout)).toMatchObject({ format: 'mig-nvml-device-check/1' })
    expect(status).toBe(0)
  })

  test.each([[['--mode', '1']], [['--timeout-s', 'soon']], [['here']]])(
    'the device check refuses the arguments %j before it calls the driver',
    (args) => {
      using machine = storedMachine('T4')
      machine.resetCallCounts()
      const { status, stderr, stdout } = run(machine.env, ...args)
      expect(stderr).toContain('usage:')
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
      expect(machine.callCounts().total).toBe(0)
    },
  )
})
