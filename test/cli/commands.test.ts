import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { feed } from '../support/feed.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const kubecon = join(root, 'examples/kubecon-demo.yaml')
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-cli-'))
let store = ''
let count = 0

beforeEach(() => {
  store = join(folder, `${count++}.store`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Result {
  readonly status: number
  readonly out: string
  readonly err: string
}

function mig(
  args: readonly string[],
  input = '',
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, 'dist/cli/main.js'), ...args],
      { encoding: 'utf8', env: { ...process.env, MIG_NVML_LIBRARY: '', ...env } },
      (error, out, err) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ status, out, err })
      },
    )
    feed(child, input)
  })
}

const simulate = (): string[] => ['--simulate', '2x A100-SXM4-40GB', '--store', store]

describe('a machine in a file', () => {
  test('a machine in a file is the same machine for the next process', async () => {
    expect((await mig(['status', ...simulate()])).status).toBe(0)
    const applied = await mig(['apply', '-f', kubecon, '-c', 'all-3g.20gb', ...simulate()])
    expect(applied).toMatchObject({ status: 0, err: '' })
    expect(applied.out).toMatch(/Applied and verified/)
    const status = await mig(['status', '--json', ...simulate()])
    const state = JSON.parse(status.out) as { gpus: { gpuInstances: { profileName: string }[] }[] }
    expect(state.gpus.map((gpu) => gpu.gpuInstances.map((each) => each.profileName))).toEqual([
      ['3g.20gb', '3g.20gb'],
      ['3g.20gb', '3g.20gb'],
    ])
    const again = await mig(['apply', '-f', kubecon, '-c', 'all-3g.20gb', ...simulate()])
    expect(again.out).toMatch(/Nothing to do/)
  })

  test('a machine without --store is found again by the same text', async () => {
    // A folder of its own, because another run of the tests may have the same user and text now.
    const own = { TMPDIR: folder }
    const spec = `A30, T4 , ${'A30'}`
    const env = await mig(['simulator', 'env', '--json', '--simulate', spec], '', own)
    const file = (JSON.parse(env.out) as Record<string, string>)['MIG_SIMULATOR_STORE'] ?? ''
    expect(file.startsWith(folder)).toBe(true)
    expect(existsSync(file)).toBe(true)
    const lower = spec.toLowerCase()
    const other = await mig(['simulator', 'env', '--json', '--simulate', lower], '', own)
    expect(JSON.parse(other.out)).toMatchObject({ MIG_SIMULATOR_STORE: file })
  })
})

describe('the exit status', () => {
  test('assert ends with 0 if the machine matches and with 1 if it does not', async () => {
    const args = ['-f', kubecon, '-c', 'all-balanced', ...simulate()]
    const before = await mig(['assert', ...args])
    expect(before.status).toBe(1)
    expect(before.out).toMatch(/GPU 0: .*MIG is off/)
    await mig(['apply', ...args])
    expect(await mig(['assert', ...args])).toMatchObject({ status: 0, err: '' })
  })

  test('an invalid document ends with 1, and the error names every wrong place', async () => {
    const text = 'version: v1\nmig-configs:\n  a:\n    - devices: every\n      mig-enabled: 1\n'
    const { status, err } = await mig(['plan', '-f', '-', ...simulate()], text)
    expect(status).toBe(1)
    expect(err).toMatch(/line 4, column 16/)
    expect(err).toMatch(/line 5, column 20/)
    expect(err).toMatch(/MIG_CONFIG_INVALID/)
  })

  test.each([
    [[], /Usage/],
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['apply'], /-f FILE/],
    [['status', '--frobnicate'], /--frobnicate/],
    [['status', '--library', 'x', '--simulate', 'A30'], /cannot be combined/],
    [['simulator', 'explode'], /unknown action 'explode': there are models, path/],
    [['apply', '-f', kubecon, '--slow-after-ms', '0'], /--slow-after-ms/],
    [['apply', '-f', kubecon, '--concurrency', '2'], /--concurrency/],
  ])('the wrong command line %j ends with 2 and says what is wrong', async (args, says) => {
    const { status, out, err } = await mig(args)
    expect(status).toBe(2)
    expect(out + err).toMatch(says)
  })

  test('a machine without a driver ends with 1, and the message names the simulator', async () => {
    const { status, err } = await mig(['status', '--library', '/nowhere/libnvidia-ml.so.1'])
    expect(status).toBe(1)
    expect(err).toMatch(/MIG_DRIVER_NOT_FOUND/)
    expect(err).toMatch(/--simulate/)
  })
})

describe('--json', () => {
  test('--json prints one value, also for a failure', async () => {
    const tooMuch = {
      version: 'v1',
      'mig-configs': {
        a: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': { '3g.20gb': 3 } }],
      },
    }
    const { status, out } = await mig(
      ['apply', '--json', '-f', '-', ...simulate()],
      JSON.stringify(tooMuch),
    )
    expect(status).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'MIG_PARTITION_INFEASIBLE' } })
  })

  test('plan --json prints the plan that apply then reports', async () => {
    const args = ['--json', '-f', kubecon, '-c', 'all-2g.10gb', ...simulate()]
    const plan = JSON.parse((await mig(['plan', ...args])).out) as unknown
    const report = JSON.parse((await mig(['apply', ...args])).out) as { plan: unknown }
    expect(report.plan).toEqual(plan)
  })
})

test('a store with another machine than --simulate names is refused', async () => {
  await mig(['status', ...simulate()])
  const { status, err } = await mig(['status', '--simulate', 'A30', '--store', store])
  expect(status).toBe(2)
  expect(err).toMatch(/another machine: NVIDIA A100-SXM4-40GB, NVIDIA A100-SXM4-40GB/)
})

test('a simulated machine is created once, with its options, and can be disturbed', async () => {
  const create = ['simulator', 'create', '--simulate', 'A30', '--store', store]
  const options = ['--driver', 'R535', '--reset', 'manual', '--host', 'dgx-h100']
  expect((await mig([...create, ...options])).status).toBe(0)
  expect(await mig(create)).toMatchObject({
    status: 2,
    err: expect.stringMatching(/already exists/),
  })
  const state = await mig(['status', '--json', '--store', store])
  expect(JSON.parse(state.out)).toMatchObject({ driverVersion: expect.stringMatching(/^535\./) })
  const process = ['--pid', '4711', '--gpu', '0', '--name', 'Xorg', '--kind', 'graphics']
  await mig(['simulator', 'add-process', '--store', store, ...process])
  await mig(['simulator', 'latency', '--store', store, '--fn', 'nvmlDeviceGetName', '--us', '10'])
  const { out } = await mig(['simulator', 'describe', '--store', store])
  expect(JSON.parse(out)).toMatchObject({
    host: 'dgx-h100',
    gpus: [{ processes: [{ pid: 4711, name: 'Xorg', kind: 'graphics' }] }],
  })
  const refused = await mig([
    'simulator',
    'add-process',
    '--store',
    store,
    ...process,
    '--kind',
    'x',
  ])
  expect(refused).toMatchObject({ status: 2, err: expect.stringMatching(/graphics/) })
})

test('status shows a lost GPU beside the others', async () => {
  await mig(['status', ...simulate()])
  await mig(['simulator', 'lose-gpu', '--store', store, '--gpu', '1'])
  const { status, out } = await mig(['status', '--store', store])
  expect(status).toBe(0)
  expect(out).toMatch(/GPU 0 .*MIG off/)
  expect(out).toMatch(/GPU 1 {2}lost: it has fallen off the bus/)
})

test('export prints a file that changes nothing when it is applied', async () => {
  await mig(['apply', '-f', kubecon, '-c', 'all-balanced', ...simulate()])
  const { out } = await mig(['export', '-l', 'now', ...simulate()])
  expect(out).toMatch(/^version: v1$/m)
  expect(out).toMatch(/^ {2}now:$/m)
  const again = await mig(['apply', '-f', '-', ...simulate()], out)
  expect(again.out).toMatch(/Nothing to do/)
})

test('profiles lists the profiles that the driver reports', async () => {
  const { out } = await mig(['profiles', '--simulate', 'A30, T4', '--store', store])
  expect(out).toMatch(/^ {2}1g\.6gb +14 /m)
  expect(out).toMatch(/T4\n {2}no MIG/)
})

test('the demo with --all applies seven configurations and shows eight GPUs after each', async () => {
  const { status, out } = await mig(['demo', '--all'])
  expect(status).toBe(0)
  const acts = out.split(/^─+$/m).slice(1)
  expect(acts.map((act) => act.trim().split(/\s/)[0])).toEqual([
    'all-disabled',
    'all-1g.5gb',
    'all-2g.10gb',
    'all-3g.20gb',
    'all-balanced',
    'all-eight-mixed',
    'half-whole-half-mixed',
  ])
  for (const act of acts) {
    for (let gpu = 0; gpu < 8; gpu++) expect(act).toContain(`GPU ${gpu}`)
    expect(act).toMatch(/^created/m)
    expect(act).toMatch(/^destroyed/m)
    expect(act).toMatch(/^kept/m)
    expect(act).toMatch(/\d+ driver calls, \d+ of them changes; [\d.]+ m?s/)
  }
})

test('--help and --version answer on standard output', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  expect((await mig(['--version'])).out.trim()).toBe(version)
  expect((await mig(['--help'])).out).toMatch(/apply/)
  expect((await mig(['apply', '--help'])).out).toMatch(/--selected-config NAME/)
})
