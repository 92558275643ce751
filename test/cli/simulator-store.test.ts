import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { shellExports } from '../../lib/cli/print/shell-exports.js'
import { applyMigConfig } from '../../lib/index.js'
import { listSimulatedModels, openSimulatedMachine } from '../../lib/simulator.js'
import { runInProcess } from './run-in-process.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-stores-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const simulator = (...words: readonly string[]) => runInProcess(['simulator', ...words])

/** Runs a script in a shell; `$1` is Node and `$2` the command line, and `$3` what is given. */
function inShell(
  script: string,
  given: string,
  env: Readonly<Record<string, string>> = {},
): string {
  const args = ['-euc', script, 'sh', process.execPath, cli, given]
  return execFileSync('sh', args, { encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } })
}

describe('the environment of a machine', () => {
  test.each([
    'plain',
    "it's",
    '$HOME `id` $(id) "quoted" \\ !! * ; & | > #',
    '3 × 4 – naïve',
    'tab\tand\nnewline',
    '\u001b[31m red',
  ])('a shell evaluates what create prints for a store named %j', (name) => {
    const store = join(folder, name)
    const script = `eval "$("$1" "$2" simulator create --simulate 'A30 +mig' --store "$3")"
      "$1" -p 'JSON.stringify(process.env.MIG_SIMULATOR_STORE)'; "$1" "$2" profiles`
    for (const locale of ['C', 'C.UTF-8']) {
      const [seen = '', ...rest] = inShell(script, store, { LC_ALL: locale }).split('\n')
      expect(JSON.parse(seen)).toBe(store)
      expect(rest.join('\n')).toMatch(/GPU 0: NVIDIA A30\n/)
      rmSync(store)
    }
  })

  test('lines for a shell keep newlines at the end of a value', () => {
    const lines = shellExports({ A: 'x\n\n', B: '', C: "'" })
    const script = `eval "$3"; "$1" -p 'JSON.stringify([process.env.A, process.env.B, process.env.C])'`
    expect(JSON.parse(inShell(script, lines))).toEqual(['x\n\n', '', "'"])
  })

  test('evaluating the environment twice does not lengthen the search path', async () => {
    const store = join(folder, 'twice')
    await simulator('create', '--simulate', 'T4', '--store', store)
    const script = `eval "$("$1" "$2" simulator env --store "$3")"; echo "$LD_LIBRARY_PATH"`
    const [first, second] = inShell(`${script}\n${script}`, store).trim().split('\n')
    expect(second).toBe(first)
  })

  test('with --json, create and env print the variables as JSON', async () => {
    const store = join(folder, 'json')
    const made = await simulator('create', '--simulate', 'T4', '--store', store, '--json')
    expect(JSON.parse(made.out)).toMatchObject({ MIG_SIMULATOR_STORE: store })
    const again = await simulator('env', '--store', store, '--json')
    expect(JSON.parse(again.out)).toEqual(JSON.parse(made.out))
  })
})

describe('delete', () => {
  test('delete removes a machine with its locks and journals, and nothing else', async () => {
    const own = join(folder, 'delete')
    mkdirSync(own)
    const store = join(own, 'machine')
    await simulator('create', '--simulate', 'A100-SXM4-40GB +mig', '--store', store)
    {
      using machine = openSimulatedMachine(store)
      const broken = { times: 1000, error: 'NVML_ERROR_UNKNOWN' }
      machine.fail({ fn: 'nvmlGpuInstanceCreateComputeInstance', ...broken })
      machine.fail({ fn: 'nvmlGpuInstanceDestroy', ...broken })
      const wanted = { gpu: 0, migDevices: { '1g.5gb': 1 } }
      await applyMigConfig(wanted, { library: machine.library }).catch(() => {})
    }
    expect(readdirSync(own).filter((name) => name.endsWith('.journal'))).toHaveLength(1)
    for (const name of ['machine.lock.txt', 'machine2', 'machine.locked'])
      writeFileSync(join(own, name), '')
    expect(await simulator('delete', '--store', store)).toEqual({ status: 0, out: '', err: '' })
    expect(readdirSync(own).sort()).toEqual(['machine.lock.txt', 'machine.locked', 'machine2'])
  })

  test('delete refuses a file that is no machine, and one that is not there', async () => {
    const file = join(folder, 'letter')
    writeFileSync(file, 'dear reader')
    for (const store of [file, join(folder, 'nowhere')]) {
      const { status, err } = await simulator('delete', '--store', store)
      expect(status).toBe(1)
      expect(err).toContain('MIG_SIMULATOR_INVALID')
    }
    expect(existsSync(file)).toBe(true)
    expect((await simulator('delete')).status).toBe(2)
  })
})

describe('the models', () => {
  test('models prints a table with the name and the key of every model', async () => {
    const { out } = await simulator('models')
    const [header, ...lines] = out.trimEnd().split('\n')
    expect(header?.split(/ {2,}/)).toEqual(['model', 'GiB', 'MIG', 'assumed', 'key'])
    const models = listSimulatedModels()
    expect(lines).toHaveLength(models.length)
    for (const [index, { name, key }] of models.entries()) {
      expect(lines[index]).toMatch(new RegExp(`^${name.replace('NVIDIA ', '')} .* ${key}$`))
    }
  })

  test('models --json prints the list as JSON', async () => {
    expect(JSON.parse((await simulator('models', '--json')).out)).toEqual(listSimulatedModels())
  })
})

describe('which file a machine is in', () => {
  /** Standard error of a command whose folder for temporary files is new. */
  const errorOf = (...args: readonly string[]): string => {
    const env = { PATH: process.env['PATH'], TMPDIR: mkdtempSync(join(folder, 'tmp-')) }
    return spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', env }).stderr
  }

  test('standard error names the file of a machine that no --store names', () => {
    const own = mkdtempSync(join(folder, 'named-'))
    const status = `TMPDIR="$3" "$1" "$2" status --json --simulate T4 2>&1 >/dev/null`
    const [first = '', second = ''] = inShell(`${status}\n${status}`, own).trim().split('\n')
    const [, file = ''] = /^new simulated machine: (.*)$/.exec(first) ?? []
    expect(existsSync(file)).toBe(true)
    expect(second).toBe(`simulated machine: ${file}`)
  })

  test('standard error names no file that --store names', async () => {
    const { err } = await runInProcess([
      'status',
      '--simulate',
      'T4',
      '--store',
      join(folder, 'own'),
    ])
    expect(err).toBe('')
  })

  test.each([
    'apply',
    'apply 1g.6gb',
    'apply --gpu 0',
    'plan --gpu 0',
    'labels --strategy mixed --plan',
    'labels --strategy mixed --gpu 0',
  ])('the incomplete command line "%s" is refused before a machine is made', (line) => {
    const words = line.split(' ')
    expect(errorOf(...words, '--simulate', 'A30')).toMatch(new RegExp(`^mig-nvml ${words[0]}: `))
  })

  test.each([
    ['a status that fails', ['status', '--gpu', '9']],
    ['labels', ['labels', '--strategy', 'mixed']],
  ])('standard error of %s names the machine once', (_, words) => {
    expect(errorOf(...words, '--simulate', 'A30').match(/simulated machine: /g)).toHaveLength(1)
  })

  test.each(['--atomic=x', '--reset-timeout-ms=0', '--slow-after-ms=x'])(
    'a command line with %s is refused before a machine is made',
    (option) => {
      const words = ['apply', '--gpu', '0', '1g.5gb', '--simulate', 'A30', option]
      expect(errorOf(...words)).toMatch(/^mig-nvml apply: /)
    },
  )

  test('a store that cannot be made is named as the command line names it', () => {
    const store = join(folder, 'none/machine')
    expect(errorOf('status', '--simulate', 'T4', '--store', store)).toBe(
      `mig-nvml: MIG_SIMULATOR_INVALID: cannot create ${store}: No such file or directory\n`,
    )
  })

  test('a model that is not known makes no machine', () => {
    const err = errorOf('status', '--simulate', 'A100')
    expect(err).not.toContain('simulated machine:')
    expect(err).toContain('similar names are "NVIDIA A100-SXM4-40GB"')
  })
})
