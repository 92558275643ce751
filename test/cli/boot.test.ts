import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { acquireLock } from '../../lib/driver/lock/lock.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { SimulatedMachine, SimulatedMachineOptions } from '../../types/simulator/machine.js'
import { fakeRoot } from '../support/root-tree.js'
import { type CliRun, runInProcess } from './run-in-process.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

interface Host {
  readonly machine: SimulatedMachine
  readonly folder: string
  readonly states: string
  run(...args: readonly string[]): Promise<CliRun>
  /** With other variables, as in the environment file. */
  runWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<CliRun>
}

function createHost(spec: string, options: SimulatedMachineOptions = {}): Host {
  const folder = fakeRoot()
  const [store, states] = [join(folder, 'store'), join(folder, 'states')]
  const machine = createSimulatedMachine(spec, { ...options, store })
  onTestFinished(() => machine.close())
  const file = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  const entry = { devices: 'all', 'mig-enabled': true, 'mig-devices': { '3g.20gb': 2 } }
  file('halves.json', JSON.stringify({ version: 'v1', 'mig-configs': { halves: [entry] } }))
  file('broken.yaml', 'version: v1\nmig-configs: [')
  const runWith: Host['runWith'] = (env, ...args) =>
    runInProcess(
      [...args, ...(args[0] === 'service' ? [] : ['--store', store])].map((arg) =>
        arg.replace('FOLDER', folder),
      ),
      { env: { MIG_NVML_STATE_DIR: states, ...env } },
    )
  return { machine, folder, states, runWith, run: (...args) => runWith({}, ...args) }
}

const sizes = ({ machine }: Host): unknown =>
  machine.describe().gpus.map((gpu) => gpu.gpuInstances.map(({ profileName }) => profileName))

describe('apply --persist', () => {
  test('what apply --persist has done is there again after a reboot and a boot', async () => {
    const host = createHost('A100-SXM4-40GB')
    const applied = await host.run('apply', '-f', 'FOLDER/halves.json', '--persist')
    expect(applied).toMatchObject({ status: 0, err: '' })
    expect(applied.out).toContain('Persisted: mig-nvml boot brings it back.')
    // The document itself was persisted.
    writeFileSync(join(host.folder, 'halves.json'), '')
    host.machine.reboot()
    const boot = await host.run('boot')
    expect(boot).toMatchObject({ status: 0, err: '' })
    expect(sizes(host)).toEqual([['3g.20gb', '3g.20gb']])
    expect(boot.out).toContain('applying: configuration "halves"')
    expect(boot.out).toContain('"3g.20gb": 2')
  })

  test('a request without a file and a restore are persisted as a checkpoint', async () => {
    const host = createHost('2x A100-SXM4-40GB')
    await host.run('apply', '-f', 'FOLDER/halves.json')
    await host.run('apply', '--gpu', '1', '7g.40gb', '--persist')
    const wanted = [['3g.20gb', '3g.20gb'], ['7g.40gb']]
    expect(sizes(host)).toEqual(wanted)
    host.machine.reboot()
    expect((await host.run('boot')).status).toBe(0)
    expect(sizes(host)).toEqual(wanted)

    await host.run('checkpoint', '-f', 'FOLDER/checkpoint.json')
    await host.run('apply', '--gpu', 'all', '1g.5gb=7', '--persist')
    expect((await host.run('restore', '-f', 'FOLDER/checkpoint.json', '--persist')).status).toBe(0)
    host.machine.reboot()
    await host.run('boot')
    expect(sizes(host)).toEqual(wanted)
  })

  test('an apply that fails persists nothing', async () => {
    const host = createHost('A100-SXM4-40GB')
    await host.run('apply', '-f', 'FOLDER/halves.json', '--persist')
    const before = readFileSync(join(host.states, 'choice.json'), 'utf8')
    host.machine.fail({
      fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
      error: 'NVML_ERROR_UNKNOWN',
    })
    expect((await host.run('apply', '--gpu', '0', '7g.40gb', '--persist')).status).toBe(1)
    expect(readFileSync(join(host.states, 'choice.json'), 'utf8')).toBe(before)
  })

  test('where nothing can be persisted, nothing is changed', async () => {
    const host = createHost('A100-SXM4-40GB')
    writeFileSync(host.states, '')
    const { status, err } = await host.run('apply', '-f', 'FOLDER/halves.json', '--persist')
    expect(status).toBe(1)
    expect(err).toContain('MIG_STATE_FAILED')
    expect(host.machine.callCounts().changing).toBe(0)
  })

  test.each([
    [['--dry-run'], ['-f', 'FOLDER/halves.json']],
    [['--add'], ['--gpu', '0', '1g.5gb']],
  ])('--persist and %s are a wrong command line', async (options, what) => {
    const host = createHost('A100-SXM4-40GB')
    const { status, err } = await host.run('apply', ...what, ...options, '--persist')
    expect(status).toBe(2)
    expect(err).toContain(`--persist and ${options[0]} cannot be combined`)
  })
})

describe('two applies that persist at the same time', () => {
  const applyPersistently = async (host: Host, ...what: readonly string[]) =>
    host.run('apply', ...what, '--persist')

  test('the one that changes the machine last is the one that boots bring back', async () => {
    const host = createHost('A100-SXM4-40GB')
    const gate = join(host.folder, 'gate')
    expect(spawnSync('mkfifo', [gate]).status).toBe(0)
    const hook = { workdir: '/', command: '/bin/sh', args: ['-c', `read -r _ < '${gate}'`] }
    const hooks = { version: 'v1', hooks: { 'apply-exit': [hook] } }
    writeFileSync(join(host.folder, 'hooks.json'), JSON.stringify(hooks))
    const halves = ['-f', 'FOLDER/halves.json']
    const first = applyPersistently(host, ...halves, '-k', 'FOLDER/hooks.json')
    // The hook reads only when the machine is as the first one wants it.
    const opened = await open(gate, 'w')
    const env = { ...process.env, ...host.machine.env, MIG_NVML_STATE_DIR: host.states }
    const args = [cli, 'apply', '--gpu', '0', '7g.40gb', '--persist']
    const second = spawn(process.execPath, args, { env })
    const [said] = await once(second.stderr.setEncoding('utf8'), 'data')
    expect(said).toContain(`waiting for another apply that persists, ${process.pid} `)
    const ended = once(second, 'exit')
    await opened.writeFile('go\n')
    await opened.close()
    expect((await first).status).toBe(0)
    expect(await ended).toEqual([0, null])
    expect(sizes(host)).toEqual([['7g.40gb']])
    host.machine.reboot()
    expect((await host.run('boot')).status).toBe(0)
    expect(sizes(host)).toEqual([['7g.40gb']])
  })

  test('the one that waits has changed nothing when it is stopped', async () => {
    const host = createHost('A100-SXM4-40GB')
    await host.run('apply', '-f', 'FOLDER/halves.json', '--persist')
    const before = host.machine.callCounts().changing
    const lock = await acquireLock(join(host.states, 'choice.lock'))
    onTestFinished(() => lock.release())
    const { status, err } = await host.run(
      ...['apply', '--gpu', '0', '7g.40gb', '--persist', '--timeout', '0.1'],
    )
    expect(err).toContain('waiting for another apply that persists')
    expect(status).toBe(124)
    expect(host.machine.callCounts().changing).toBe(before)
  })

  test('a lock that cannot be taken is an error of the folder of states, and nothing is changed', async () => {
    const host = createHost('A100-SXM4-40GB')
    mkdirSync(join(host.states, 'choice.lock'), { recursive: true })
    const { status, err } = await applyPersistently(host, '-f', 'FOLDER/halves.json')
    expect(status).toBe(1)
    expect(err).toContain('MIG_STATE_FAILED')
    expect(host.machine.callCounts().changing).toBe(0)
  })
})

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

test('boot --json prints the report alone on standard output', async () => {
  const host = createHost('A100-SXM4-40GB')
  const { status, out } = await host.run('boot', '-c', 'all-balanced', '--json')
  expect(status).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ outcome: 'applied', waitedMs: expect.any(Number) })
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

const hasPython = spawnSync('python3', ['--version']).status === 0

describe.runIf(hasPython)('what a boot reports to systemd', () => {
  const reader = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace('@', '\\0'))
print('bound', flush=True)
while True:
    text = s.recv(65536).decode()
    print(text, end='', flush=True)
    if 'READY=1' in text or 'failed' in text: break
`

  test.each([
    ['a socket of the file system', (folder: string) => join(folder, 'notify')],
    ['an abstract socket', () => `@mig-nvml-test-${process.pid}`],
  ])('each phase is reported at %s, and that it is ready', async (_, addressOf) => {
    const host = createHost('A100-SXM4-40GB')
    const address = addressOf(host.folder)
    const listener = spawn('python3', ['-c', reader, address])
    onTestFinished(() => void listener.kill())
    let text = ''
    listener.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    const closed = once(listener, 'close')
    await once(listener.stdout, 'data')
    await host.runWith({ NOTIFY_SOCKET: address }, 'boot', '-f', 'FOLDER/halves.json')
    await closed
    expect(text).toBe(
      'bound\nSTATUS=applying: configuration "halves"\nSTATUS=the machine is as chosen: configuration "halves"\nREADY=1\n',
    )
  })

  test('a manager that does not listen keeps no boot from its work', async () => {
    const host = createHost('A100-SXM4-40GB')
    for (const address of ['/nowhere', '@nobody', 'vsock:2:1234', 'x', `/${'a'.repeat(200)}`]) {
      const boot = await host.runWith({ NOTIFY_SOCKET: address }, 'boot', '-c', 'all-balanced')
      expect(boot.status).toBe(0)
    }
  })
})

describe('mig-nvml service', () => {
  test('install, status, show and uninstall say what they do', async () => {
    const host = createHost('A100-SXM4-40GB')
    const root = join(host.folder, 'image')
    mkdirSync(root)
    const service = (action: string, ...more: readonly string[]) =>
      host.run('service', action, '--root', root, ...more)
    expect((await service('status')).status).toBe(1)
    const installed = await service('install', '--before', 'kubelet.service,docker.service')
    expect(installed.status).toBe(0)
    expect(installed.out).toContain('/etc/systemd/system/mig-nvml.service: written\n')
    const status = await service('status', '--before', 'kubelet.service,docker.service')
    expect(status.status).toBe(0)
    expect(status.out).toContain('/etc/systemd/system/mig-nvml.service: current\n')
    expect(status.out).toContain('enabled: it runs at boot\n')
    const shown = await service('show', '--before', 'kubelet.service', '--before', 'docker.service')
    const file = readFileSync(join(root, 'etc/systemd/system/mig-nvml.service'), 'utf8')
    expect(shown.out).toContain(`# /etc/systemd/system/mig-nvml.service\n${file}`)
    writeFileSync(join(root, 'etc/systemd/system/mig-nvml.service'), `${file}#\n`)
    const refused = await service('install')
    expect(refused.status).toBe(1)
    expect(refused.err).toContain('mig-nvml.service was changed by hand')
    expect((await service('uninstall')).out).toContain('mig-nvml.service: kept')
    const removed = await service('uninstall', '--force', '--json')
    expect(JSON.parse(removed.out)).toMatchObject({ files: [{}, {}, { outcome: 'removed' }] })
    expect(existsSync(join(root, 'etc/systemd/system/mig-nvml.service'))).toBe(false)
  })
})
