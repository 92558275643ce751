import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { putFile } from '../support/root-tree.js'
import { createRootedMachine } from '../support/rooted-machine.js'
import { createHost, type Host } from './boot-host.js'
import { runInProcess } from './run-in-process.js'

const appendTo = (file: string, text: string) => ({
  workdir: '/',
  command: '/bin/sh',
  args: ['-c', `echo ${text} >> '${file}'`],
})

describe('hooks at boot', () => {
  function hooksOf(host: Host, command: string): string {
    const lines = join(host.folder, 'lines')
    const hooks = {
      'apply-start': [appendTo(lines, 'start $MIG_PARTED_SELECTED_CONFIG')],
      'pre-apply-config': [{ ...appendTo(lines, 'before'), command }],
      'apply-exit': [appendTo(lines, 'exit')],
    }
    writeFileSync(join(host.folder, 'hooks.json'), JSON.stringify({ version: 'v1', hooks }))
    return lines
  }

  test.each([
    ['--hooks-file', ['--hooks-file', 'FOLDER/hooks.json'], false],
    ['$MIG_PARTED_HOOKS_FILE', [], true],
  ])('the programs that %s names run around the changes', async (_, options, fromEnv) => {
    const host = createHost('A100-SXM4-40GB')
    const lines = hooksOf(host, '/bin/sh')
    const env: Record<string, string> = fromEnv
      ? { MIG_PARTED_HOOKS_FILE: join(host.folder, 'hooks.json') }
      : {}
    const boot = () =>
      host.runWith(env, 'boot', '-f', 'FOLDER/halves.json', '-c', 'halves', ...options)
    expect(await boot()).toMatchObject({ status: 0, err: '' })
    expect(readFileSync(lines, 'utf8')).toBe('start halves\nbefore\nexit\n')
    // Without a change there is nothing to run before it.
    expect((await boot()).status).toBe(0)
    expect(readFileSync(lines, 'utf8')).toBe('start halves\nbefore\nexit\nstart halves\nexit\n')
  })

  test('a hook that fails before the changes ends the boot with 1, and nothing is changed', async () => {
    const host = createHost('A100-SXM4-40GB +mig')
    const lines = hooksOf(host, '/bin/false')
    const boot = ['boot', '-f', 'FOLDER/halves.json', '-k', 'FOLDER/hooks.json']
    const { status, err } = await host.run(...boot)
    expect(status).toBe(1)
    expect(err).toContain('MIG_HOOK_FAILED')
    expect(host.machine.callCounts().changing).toBe(0)
    expect(readFileSync(lines, 'utf8')).toMatch(/^start .*\nexit\n$/)
  })
})

test('boot writes a CDI specification with the devices that it has made', async () => {
  const host = createHost('A100-SXM4-40GB')
  const root = join(host.folder, 'tree')
  const { writeRootTree } = await import('../../lib/simulator.js')
  writeRootTree(host.machine, root)
  const boot = () =>
    host.run('boot', '-f', 'FOLDER/halves.json', '--cdi', 'FOLDER/cdi.json', '--root', root)
  // The nodes of instances are only there when the instances are.
  await boot()
  writeRootTree(host.machine, root)
  expect((await boot()).status).toBe(0)
  const { devices } = JSON.parse(readFileSync(join(host.folder, 'cdi.json'), 'utf8'))
  expect(devices.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['0:0', '0:1', 'all']),
  )
})

describe('--driver-root at boot', () => {
  test.each([
    ['--cdi', '--driver-root'],
    ['MIG_NVML_BOOT_CDI', 'MIG_NVML_BOOT_DRIVER_ROOT'],
  ])('the specification of %s has the libraries of the driver in %s', async (cdi, root) => {
    using rooted = createRootedMachine('A100-SXM4-40GB', { store: true })
    const driver = join(rooted.folder, 'driver')
    putFile(driver, 'usr/lib64/libcuda.so.580.65.06', '')
    const file = join(rooted.folder, 'nvidia.json')
    const named = { [cdi]: file, [root]: driver }
    const isVariable = cdi.startsWith('MIG_')
    const options = isVariable ? [] : Object.entries(named).flat()
    const states = { MIG_NVML_STATE_DIR: join(rooted.folder, 'states') }
    const env = isVariable ? { ...states, ...named } : states
    const where = ['--store', String(rooted.machine.env['MIG_SIMULATOR_STORE'])]
    const boot = ['boot', '-c', 'all-disabled', ...where, '--root', rooted.root, ...options]
    expect(await runInProcess(boot, { env })).toMatchObject({ status: 0 })
    const { containerEdits } = JSON.parse(readFileSync(file, 'utf8'))
    expect(containerEdits.mounts).toMatchObject([
      { containerPath: '/usr/lib64/libcuda.so.580.65.06' },
    ])
  })
})
