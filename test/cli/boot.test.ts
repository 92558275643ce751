import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHost } from './boot-host.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

describe('the exit status of boot', () => {
  test('0: nothing is chosen, or the machine is as chosen', async () => {
    const host = createHost('A100-SXM4-40GB')
    expect(await host.run('boot')).toMatchObject({ status: 0, out: 'done: nothing is chosen\n' })
    expect((await host.run('boot', '-c', 'all-balanced')).status).toBe(0)
  })

  test('69: there is no driver', async () => {
    const host = createHost('A100-SXM4-40GB')
    host.machine.unloadDriver()
    const { status, err } = await host.run('boot', '-c', 'all-balanced', '--wait', '0')
    expect(status).toBe(69)
    expect(err).toContain('MIG_DRIVER_NOT_READY')
  })

  test('69 ends the program even where a call of the driver never returns', async () => {
    const host = createHost('A100-SXM4-40GB')
    host.machine.fail({ fn: 'nvmlInit_v2', hangMs: 3_600_000, times: 1000 })
    const env = { ...process.env, ...host.machine.env, MIG_NVML_STATE_DIR: host.states }
    const args = [cli, 'boot', '-c', 'all-balanced', '--wait', '0']
    const child = spawn(process.execPath, args, { env })
    expect(await once(child, 'exit')).toEqual([69, null])
  })

  test.each([
    ['an unknown name', ['-f', 'FOLDER/halves.json', '-c', 'thirds'], 'MIG_CONFIG_NOT_FOUND'],
    ['a broken file', ['-f', 'FOLDER/broken.yaml'], 'MIG_CONFIG_INVALID'],
    ['no such file', ['-f', 'FOLDER/none.yaml'], 'there is no such file'],
    ['no such checkpoint', ['--checkpoint-file', 'FOLDER/none.json'], 'there is no such file'],
    ['an unknown generated name', ['-c', 'all-5g.99gb'], 'MIG_CONFIG_NOT_FOUND'],
  ])('78: the choice has %s', async (_, args, text) => {
    const host = createHost('A100-SXM4-40GB')
    const { status, err } = await host.run('boot', ...args)
    expect(err).toContain(text)
    expect(status).toBe(78)
  })

  test('75: the machine has to be rebooted', async () => {
    const host = createHost('A100-SXM4-40GB', { resetPolicy: 'refused' })
    const { status, err } = await host.run('boot', '-c', 'all-balanced')
    expect(err).toContain('MIG_REBOOT_REQUIRED')
    expect(status).toBe(75)
  })

  test('77: this user may not change the GPUs', async () => {
    const host = createHost('A100-SXM4-40GB')
    host.machine.setPrivileges('none')
    expect((await host.run('boot', '-f', 'FOLDER/halves.json')).status).toBe(77)
  })

  test('1: a process is in the way', async () => {
    const host = createHost('A100-SXM4-40GB +mig')
    await host.run('apply', '--gpu', '0', '7g.40gb')
    host.machine.addProcess({ pid: 900, gpu: 0, gpuInstanceId: 0, computeInstanceId: 0 })
    const { status, err } = await host.run('boot', '-f', 'FOLDER/halves.json')
    expect(err).toContain('MIG_IN_USE')
    expect(status).toBe(1)
  })

  test.each([
    [['boot', '--wait', 'long']],
    [['boot', '--reboot', 'twice']],
    [['boot', '-f', '-']],
    [['boot', '-c', 'a', '--checkpoint-file', 'b']],
    [['boot', '--driver-root', '/']],
    [['service']],
    [['service', 'instal']],
    [['service', 'show', 'x']],
  ])('2: %j is a wrong command line', async (args) => {
    const host = createHost('A100-SXM4-40GB')
    expect((await host.run(...args)).status).toBe(2)
  })
})

test('a wrong word in a variable is an error that names the variable', async () => {
  const host = createHost('A100-SXM4-40GB')
  const env = { MIG_NVML_BOOT_REBOOT: 'twice' }
  const { status, err } = await host.runWith(env, 'boot', '-c', 'all-balanced')
  expect(status).toBe(2)
  expect(err).toContain("$MIG_NVML_BOOT_REBOOT takes never, once, not 'twice'")
  const given = await host.runWith(env, 'boot', '--reboot', 'thrice')
  expect(given.err).toContain("--reboot takes never, once, not 'thrice'")
})

test('--reboot once asks systemd for one reboot, and never for a second', async () => {
  const host = createHost('A100-SXM4-40GB', { resetPolicy: 'refused' })
  const programs = join(host.folder, 'bin')
  mkdirSync(programs)
  const calls = join(host.folder, 'calls')
  writeFileSync(join(programs, 'systemctl'), `#!/bin/sh\necho "$@" >> '${calls}'\n`, {
    mode: 0o755,
  })
  const path = process.env['PATH']
  process.env['PATH'] = `${programs}:${path}`
  onTestFinished(() => {
    process.env['PATH'] = path
  })
  const boot = await host.runWith(
    { MIG_NVML_BOOT_REBOOT: 'once', MIG_PARTED_SELECTED_CONFIG: 'all-balanced' },
    'boot',
  )
  expect(boot.status).toBe(75)
  expect(boot.out).toContain('rebooting: the MIG mode of GPU 0 is pending a reboot of the machine')
  expect(readFileSync(calls, 'utf8')).toBe('--no-block reboot\n')
  const request = join(host.states, 'reboot.json')
  const later = readFileSync(request, 'utf8').replace(/"bootId": "[^"]*"/, '"bootId": "another"')
  writeFileSync(request, later)
  expect((await host.run('boot', '-c', 'all-balanced', '--reboot', 'once')).status).toBe(75)
  expect(readFileSync(calls, 'utf8')).toBe('--no-block reboot\n')
})

test.each([
  ['is damaged', '{'],
  ['has version "mig-nvml/choice/v9"', '{"version":"mig-nvml/choice/v9"}'],
  ['has no choice', '{"version":"mig-nvml/choice/v1"}'],
  [
    'option checkpoint must be given',
    '{"version":"mig-nvml/choice/v1","chosenAt":"x","choice":{"kind":"checkpoint"}}',
  ],
])('a persisted choice that %s ends with 78, and with what replaces it', async (what, text) => {
  const host = createHost('A100-SXM4-40GB')
  mkdirSync(host.states, { mode: 0o755 })
  writeFileSync(join(host.states, 'choice.json'), text)
  const { status, err } = await host.run('boot')
  expect(status).toBe(78)
  expect(err).toContain(what)
  expect(err).toContain('hint: apply --persist, or restore --persist, writes another choice')
})

test.each([
  [
    'a clients file that is not there',
    { MIG_NVML_BOOT_CLIENTS: '/nowhere' },
    /cannot read the clients/,
  ],
  [
    'a hooks file that is not there',
    { MIG_PARTED_HOOKS_FILE: '/nowhere' },
    /cannot read the hooks/,
  ],
  ['a wait that is no number', { MIG_NVML_BOOT_WAIT: 'long' }, /whole number/],
])('%s is recorded as the end of the last boot', async (_, env, message) => {
  const host = createHost('A100-SXM4-40GB')
  expect((await host.run('boot', '-c', 'all-balanced')).status).toBe(0)
  const { status } = await host.runWith(env, 'boot', '-c', 'all-balanced')
  expect(status).not.toBe(0)
  expect(JSON.parse(readFileSync(join(host.states, 'last-boot.json'), 'utf8'))).toMatchObject({
    outcome: 'failed',
    error: { message: expect.stringMatching(message) },
  })
})

test('boot --json prints the report alone on standard output', async () => {
  const host = createHost('A100-SXM4-40GB')
  const { status, out } = await host.run('boot', '-c', 'all-balanced', '--json')
  expect(status).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ outcome: 'applied', waitedMs: expect.any(Number) })
})
