import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createSimulatedMachine } from '../../lib/simulator.js'
import { type CliRun, runInProcess } from './run-in-process.js'

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-without-file-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let stores = 0

/** A new machine in a file, and the command line on it. */
function machine(spec: string) {
  stores += 1
  const store = join(folder, `machine-${stores}`)
  createSimulatedMachine(spec, { store }).close()
  const run = (verb: string, ...args: readonly string[]): Promise<CliRun> =>
    runInProcess([verb, '--store', store, ...args])
  const devices = async (): Promise<readonly string[]> => {
    const { gpus } = JSON.parse((await run('status', '--json')).out)
    return gpus.map(
      ({ gpuInstances }: { gpuInstances: { computeInstances: { name: string }[] }[] }) =>
        gpuInstances
          .flatMap(({ computeInstances }) => computeInstances.map(({ name }) => name))
          .sort()
          .join(' '),
    )
  }
  return { run, devices }
}

describe('apply and plan without a file', () => {
  test('apply --gpu makes the GPU exactly as named, and --add leaves what is there', async () => {
    const { run, devices } = machine('2x A100-SXM4-40GB')
    expect(await run('apply', '--gpu', '0', '1g.5gb', '3g.20gb=1', '1g.5gb')).toMatchObject({
      status: 0,
      err: '',
      out: expect.stringContaining('MIG configuration applied successfully'),
    })
    expect(await devices()).toEqual(['1g.5gb 1g.5gb 3g.20gb', ''])
    expect((await run('apply', '--gpu', '0', '--add', '1c.2g.10gb=2')).status).toBe(0)
    expect(await devices()).toEqual(['1c.2g.10gb 1c.2g.10gb 1g.5gb 1g.5gb 3g.20gb', ''])
  })

  test.each([['0,1'], ['0', '--gpu', '1'], ['all'], ['00:07.0']])(
    '--gpu %s %s %s names GPUs',
    async (...gpus) => {
      const { run, devices } = machine('2x A100-SXM4-40GB')
      const { gpus: known } = JSON.parse((await run('status', '--json')).out)
      const named = gpus.map((word) => (word === '00:07.0' ? known[1].pciBusId : word))
      expect((await run('apply', '--gpu', ...named, '7g.40gb')).status).toBe(0)
      const both = gpus[0] !== '00:07.0'
      expect(await devices()).toEqual([both ? '7g.40gb' : '', '7g.40gb'])
    },
  )

  test('plan and a dry run show the changes of the same words and make none', async () => {
    const { run, devices } = machine('A100-SXM4-40GB')
    const planned = await run('plan', '--gpu', '0', '3g.20gb=2')
    expect(planned).toMatchObject({ status: 0, err: '' })
    expect(planned.out).toContain('3g.20gb=2: 3 changes on 1 of 1 GPU\n')
    expect(await run('apply', '--gpu', '0', '3g.20gb=2', '--dry-run')).toEqual(planned)
    // Behind -- there are only words.
    expect(await run('plan', '--gpu', '0', '--', '3g.20gb=2')).toEqual(planned)
    const { config, gpus } = JSON.parse((await run('plan', '--gpu', '0', '1g.5gb', '--json')).out)
    expect([config, gpus[0].steps.length]).toEqual(['1g.5gb', 3])
    expect(await devices()).toEqual([''])
  })

  test('assert --gpu checks for the same words', async () => {
    const { run } = machine('A100-SXM4-40GB')
    expect((await run('assert', '--gpu', '0', '3g.20gb')).status).toBe(1)
    await run('apply', '--gpu', '0', '3g.20gb')
    expect((await run('assert', '--gpu', '0', '3g.20gb')).status).toBe(0)
    expect((await run('assert', '-a', '--gpu', '0', 'any')).status).toBe(0)
  })

  test('the variables of a file do not count beside --gpu', async () => {
    const { run, devices } = machine('A100-SXM4-40GB')
    const env = { MIG_PARTED_CONFIG_FILE: '/nowhere.yaml', MIG_PARTED_SELECTED_CONFIG: 'x' }
    const store = join(folder, `machine-${stores}`)
    const args = ['apply', '--gpu', '0', '1g.5gb', '--store', store]
    expect(await runInProcess(args, { env })).toMatchObject({ status: 0, err: '' })
    expect(await devices()).toEqual(['1g.5gb'])
    expect((await run('apply', '-f', '/nowhere.yaml', '--gpu', '0', '1g.5gb')).status).toBe(2)
  })
})

describe('clear', () => {
  test('clear removes all instances and leaves MIG on, and --disable turns it off', async () => {
    const { run, devices } = machine('2x A100-SXM4-40GB')
    await run('apply', '--gpu', 'all', '1g.5gb=7')
    expect((await run('clear', '--gpu', '0', '--dry-run')).out).toContain('no instances: 7 changes')
    expect((await run('clear', '--gpu', '0')).status).toBe(0)
    expect(await devices()).toEqual(['', Array(7).fill('1g.5gb').join(' ')])
    expect((await run('status')).err).toContain('GPU 0: MIG is on')
    const report = JSON.parse((await run('clear', '--gpu', 'all', '--disable', '--json')).out)
    expect(report.plan.config).toBe('MIG off')
    expect((await run('status', '--json')).out).not.toContain('"enabled": true')
  })

  test('clear of a GPU without MIG says that there is nothing to do', async () => {
    const { run } = machine('A100-SXM4-40GB')
    const { status, out } = await run('clear', '--gpu', '0')
    expect(status).toBe(0)
    expect(out).toContain('Nothing to do')
  })

  test('clear leaves a GPU alone that a process uses, and names the process', async () => {
    const { run, devices } = machine('A100-SXM4-40GB')
    await run('apply', '--gpu', '0', '7g.40gb')
    const device = ['--gpu', '0', '--gpu-instance', '0', '--compute-instance', '0']
    await run('simulator', 'add-process', '--pid', '4711', '--name', 'train', ...device)
    const { status, err } = await run('clear', '--gpu', '0')
    expect(status).toBe(1)
    expect(err).toContain('train (pid 4711) uses 7g.40gb')
    expect(await devices()).toEqual(['7g.40gb'])
  })
})

describe('wrong words', () => {
  test.each<readonly [readonly string[], string]>([
    [['apply'], '-f FILE is missing: the configuration file; or --gpu GPU with profiles'],
    [['apply', '3g.20gb'], '--gpu GPU is missing'],
    [['apply', '--gpu', '0'], 'a profile is missing'],
    [['apply', '--gpu', '0', '--add'], 'a profile is missing'],
    [['apply', '--add', '-f', 'x'], '--config-file and --gpu with profiles cannot be combined'],
    [['apply', '--gpu', '0', '1g.5gb', '-c', 'x'], '--selected-config and --gpu'],
    [['apply', '--gpu', 'first', '1g.5gb'], '--gpu takes an index, a UUID (GPU-…), a PCI address'],
    [['apply', '--gpu', '0,', '1g.5gb'], '--gpu takes an index'],
    [['apply', '--gpu', '0', '1g.5gb=0'], "'1g.5gb=0' is not PROFILE or PROFILE=COUNT"],
    [['apply', '--gpu', '0', '1g.5gb=two'], "'1g.5gb=two' is not PROFILE or PROFILE=COUNT"],
    [['apply', '--gpu', '0', '=2'], "'=2' is not PROFILE or PROFILE=COUNT"],
    [['clear'], '--gpu is missing'],
    [['clear', '--gpu', '0', '1g.5gb'], "unexpected argument '1g.5gb'"],
  ])('%j is a wrong command line', async (args, message) => {
    const { status, err } = await runInProcess(args)
    expect(status).toBe(2)
    expect(err).toContain(message)
  })

  test.each<readonly [readonly string[], string]>([
    [['--gpu', '0', '3g20gb'], 'hint: On GPU 0: did you mean 3g.20gb?'],
    [['--gpu', '0', '3g.25gb'], 'which has 1g.5gb, 1g.5gb+me, 1g.10gb, 2g.10gb, 3g.20gb,'],
    [['--gpu', '4', '3g.20gb'], '--gpu names GPU 4, which is not here'],
    [['--gpu', '0,4', '3g.20gb'], '--gpu[1] names GPU 4, which is not here'],
    [['--gpu', '1', '3g.20gb'], '--gpu names only GPU 1 (Tesla T4'],
    [['--gpu', '0', '3g.20gb=3'], '3 × 3g.20gb needed; this GPU takes at most 2'],
    [['--gpu', '0', '--add', '3g.20gb'], 'MIG_MODE_OFF'],
  ])('%j is refused in the words of the command line', async (args, message) => {
    const { run } = machine('A100-SXM4-40GB, T4')
    const { status, err } = await run('apply', ...args)
    expect(status).toBe(1)
    expect(err).toContain(message)
  })
})
