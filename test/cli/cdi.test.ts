import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { cdiSpec } from '../../lib/containers.js'
import { readMigState } from '../../lib/index.js'
import { divide } from '../support/machine-root.js'
import { createRootedMachine, type RootedMachine } from '../support/rooted-machine.js'
import { wantOnAll } from '../support/wanted.js'
import { type CliRun, runInProcess } from './run-in-process.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

interface Machine extends RootedMachine {
  /** Which machine, for a command line. */
  readonly where: readonly string[]
  readonly file: string
  readonly run: (...args: readonly string[]) => Promise<CliRun>
}

function makeMachine(): Machine {
  const rooted = createRootedMachine('2x A100-SXM4-40GB', { store: true })
  const where = [
    '--store',
    String(rooted.machine.env['MIG_SIMULATOR_STORE']),
    '--root',
    rooted.root,
  ]
  const file = join(rooted.folder, 'nvidia.json')
  return { ...rooted, where, file, run: (...args) => runInProcess([...args, ...where]) }
}

describe('mig-nvml cdi', () => {
  test('cdi writes the file, and says whether it has changed and which devices it has', async () => {
    using machine = makeMachine()
    await divide(machine.machine, { 0: { '3g.20gb': 2 } })
    const first = await machine.run('cdi', '-o', machine.file, '--names', 'index')
    expect(first).toMatchObject({
      status: 0,
      out: `${machine.file}: written, 0:0, 0:1, 1, all\n`,
      err: expect.stringContaining('--driver-root /'),
    })
    const second = await machine.run('cdi', '-o', machine.file, '--names', 'index', '--json')
    expect(JSON.parse(second.out)).toMatchObject({
      kind: 'written',
      changed: false,
      devices: ['0:0', '0:1', '1', 'all'],
      conflicts: [],
    })
  })

  test('cdi -o - prints the specification, as YAML or as JSON', async () => {
    using machine = makeMachine()
    const expected = cdiSpec(await readMigState(machine.options), { names: ['type-index'] })
    const names = ['--names', 'type-index']
    expect(parse((await machine.run('cdi', '-o', '-', ...names)).out)).toEqual(expected)
    const json = await machine.run('cdi', '-o', '-', '--format', 'json', ...names)
    expect(JSON.parse(json.out)).toEqual(expected)
  })

  test('cdi warns of a file in the folder that defines the same devices', async () => {
    using machine = makeMachine()
    const other = join(machine.folder, 'other.json')
    const edits = { env: ['A=b'] }
    const spec = {
      cdiVersion: '0.5.0',
      kind: 'nvidia.com/gpu',
      devices: [{ name: '1', containerEdits: edits }],
    }
    writeFileSync(other, JSON.stringify(spec))
    const { status, err } = await machine.run('cdi', '-o', machine.file)
    expect(status).toBe(0)
    expect(err).toContain(`${other} defines nvidia.com/gpu=1 as well as ${machine.file}`)
  })

  test.each([
    [
      ['--names', 'uuids'],
      /--names takes index, type-index, uuid, not 'uuids'\ndid you mean uuid\?/,
    ],
    [['--kind', 'gpu'], /--kind takes a vendor and a class/],
    [['--format', 'xml'], /--format takes yaml, json/],
    [['--watch', '-o', '-'], /--watch needs a file/],
    [['--interval-ms', '5'], /--interval-ms needs --watch/],
  ])('cdi %j is a wrong command line', async (args, message) => {
    const { status, err } = await runInProcess(['cdi', ...args, '--simulate', 'A100-SXM4-40GB'])
    expect(status).toBe(2)
    expect(err).toMatch(message)
  })

  test('cdi --watch follows an apply of another process, and a signal ends it with status 0', async () => {
    using machine = makeMachine()
    const words = ['cdi', '--watch', '--json', '-o', machine.file, ...machine.where]
    const child = spawn(process.execPath, [main, ...words], { stdio: ['ignore', 'pipe', 'ignore'] })
    const ended = once(child, 'exit')
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const until = async (name: string): Promise<void> => {
      for (;;) {
        const { value, done } = await lines.next()
        if (done) throw new Error('the watch has ended')
        if (JSON.parse(value).devices.includes(name)) return
      }
    }
    await until('0')
    await divide(machine.machine, { 0: { '1g.5gb': 7 } })
    await until('0:6')
    expect(readFileSync(machine.file, 'utf8')).toContain('"0:6"')
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  })

  test('apply --cdi writes the specification, and --root without it is a wrong command line', async () => {
    using machine = makeMachine()
    const input = JSON.stringify(wantOnAll({ '1g.5gb': 7 }))
    const applied = await runInProcess(
      ['apply', '-f', '-', '--cdi', machine.file, ...machine.where],
      { input },
    )
    expect(applied.status).toBe(0)
    const expected = cdiSpec(await readMigState(machine.options))
    expect(JSON.parse(readFileSync(machine.file, 'utf8'))).toEqual(expected)
    const wrong = await runInProcess(['apply', '-f', '-', ...machine.where], { input })
    expect(wrong).toMatchObject({ status: 2, err: expect.stringContaining('--root needs --cdi') })
  })

  test('--names with one name twice is a wrong command line', async () => {
    using machine = makeMachine()
    const run = await runInProcess(['cdi', '--names', 'uuid,uuid', ...machine.where])
    expect(run).toMatchObject({ status: 2, err: expect.stringContaining('each name once') })
  })

  test('--merge and --driver-root together are a wrong command line', async () => {
    using machine = makeMachine()
    const both = ['--merge', machine.file, '--driver-root', '/']
    expect(await runInProcess(['cdi', ...both, ...machine.where])).toMatchObject({
      status: 2,
      err: expect.stringContaining('--merge and --driver-root cannot be combined'),
    })
  })
})
