import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { acquireLock } from '../../lib/driver/lock/lock.js'
import { createHost, type Host, sizes } from './boot-host.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

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
