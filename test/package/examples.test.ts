// The examples, each in an empty folder of a user with the package installed. They find the simulated machine as they
// would find a real one.
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { applyMigConfig } from '../../lib/index.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { SimulatedMachine } from '../../types/simulator/machine.js'

const { project } = inject('packed')
const examples = join(project, 'node_modules/mig-nvml/examples')

interface Desk {
  readonly folder: string
  readonly machine: SimulatedMachine
  readonly env: NodeJS.ProcessEnv
  readonly run: (command: string, ...args: readonly string[]) => SpawnSyncReturns<string>
}

/** A folder with these examples and a machine. */
function createDesk(spec: string, files: readonly string[]): Desk {
  const folder = mkdtempSync(join(project, 'desk-'))
  for (const file of files) copyFileSync(join(examples, file), join(folder, file))
  const temporary = join(folder, 'tmp')
  mkdirSync(temporary)
  const machine = createSimulatedMachine(spec, { store: join(folder, 'gpus.store') })
  onTestFinished(() => machine.close())
  const PATH = `${join(folder, 'bin')}:${join(project, 'node_modules/.bin')}:${process.env['PATH']}`
  const env = { ...process.env, ...machine.env, PATH, TMPDIR: temporary }
  return {
    folder,
    machine,
    env,
    run: (command, ...args) => spawnSync(command, args, { cwd: folder, env, encoding: 'utf8' }),
  }
}

/** The names of all GPU instances, by GPU. */
function namesOf(machine: SimulatedMachine): readonly (readonly string[])[] {
  return machine
    .describe()
    .gpus.map(({ gpuInstances }) => gpuInstances.map(({ profileName }) => profileName).sort())
}

describe('the job queue', () => {
  const print = 'console.log(process.argv[1], process.env.CUDA_VISIBLE_DEVICES)'
  const job = (id: string, memoryMiB: number, command = ['node', '-e', print, id]): object => ({
    id,
    need: { memoryMiB },
    command,
  })

  test('the job queue gives each program a MIG device that is large enough, and removes all devices at the end', () => {
    const { folder, machine, run } = createDesk('2x A100-SXM4-40GB', ['job-queue.mjs'])
    const jobs = [
      job('train', 18_000),
      job('whole', 39_000),
      job('small', 4_000, ['node', '-e', 'process.exit(3)']),
      job('later', 39_000),
      job('typo', 4_000, ['no-such-program']),
    ]
    writeFileSync(join(folder, 'jobs.json'), JSON.stringify(jobs))
    const { status, stdout, stderr } = run('node', 'job-queue.mjs', 'jobs.json')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const lines = stdout.trim().split('\n')
    for (const id of ['train', 'whole', 'later'])
      expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^${id} MIG-[-\\da-f]+$`)))
    expect(stdout).toMatch(/^train: runs on a 3g\.20gb of GPU \d$/m)
    expect(stdout).toMatch(/^whole: runs on a 7g\.40gb of GPU \d$/m)
    expect(stdout).toMatch(/^small: ended with 3$/m)
    expect(stdout).toMatch(/^typo: spawn no-such-program ENOENT$/m)
    // Three whole GPUs are not to be had: one waits for the end of another.
    const later = lines.findIndex((line) => line.startsWith('later: runs'))
    const ends = lines.flatMap((line, at) => (/^(train|whole): ended/.test(line) ? [at] : []))
    expect(later).toBeGreaterThan(Math.min(...ends))
    expect(lines.at(-1)).toBe('no MIG device is left')
    expect(namesOf(machine)).toEqual([[], []])
  })

  test('Ctrl-C ends the programs of the job queue, and no device is left', async () => {
    const { folder, machine, env } = createDesk('2x A100-SXM4-40GB', ['job-queue.mjs'])
    const jobs = ['one', 'two', 'three'].map((id) => job(id, 39_000, ['sleep', '600']))
    writeFileSync(join(folder, 'jobs.json'), JSON.stringify(jobs))
    // A terminal sends the signal to all processes of the group.
    const child = spawn('node', ['job-queue.mjs', 'jobs.json'], {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let printed = ''
    const isRunning = new Promise<void>((resolve) => {
      child.stdout.on('data', (text: Buffer) => {
        printed += text
        if (printed.match(/: runs on/g)?.length === 2) resolve()
      })
    })
    const ended = new Promise((resolve) => child.on('close', resolve))
    await isRunning
    expect(namesOf(machine)).toEqual([['7g.40gb'], ['7g.40gb']])
    process.kill(-(child.pid ?? 0), 'SIGINT')
    expect(await ended).toBe(1)
    expect(printed).toMatch(/ended with SIGINT\n.*ended with SIGINT\nno MIG device is left\n$/)
    expect(namesOf(machine)).toEqual([[], []])
  })

  test('the job queue says which job is larger than any GPU, and leaves no device', () => {
    const { folder, machine, run } = createDesk('A100-SXM4-40GB', ['job-queue.mjs'])
    const jobs = [job('small', 4_000), job('huge', 80_000)]
    writeFileSync(join(folder, 'jobs.json'), JSON.stringify(jobs))
    const { status, stdout, stderr } = run('node', 'job-queue.mjs', 'jobs.json')
    expect(status).toBe(1)
    expect(stderr).toContain('no GPU is large enough for huge')
    expect(stdout).toMatch(/^small: ended with 0$/m)
    expect(namesOf(machine)).toEqual([[]])
  })
})

describe('the benchmark script', () => {
  async function createBench(): Promise<Desk> {
    const desk = createDesk('A100-SXM4-40GB', ['benchmark-script.mjs'])
    const { library } = desk.machine
    await applyMigConfig({ gpu: 0, migDevices: { '2g.10gb': 1, '1g.5gb': 2 } }, { library })
    return desk
  }
  const before = [['1g.5gb', '1g.5gb', '2g.10gb']]

  test('the benchmark script runs a program on each device of each layout, and restores the GPU', async () => {
    const { folder, machine, run } = await createBench()
    const { status, stdout, stderr } = run(
      'node',
      'benchmark-script.mjs',
      'sh',
      '-c',
      'env >> seen',
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.replace(/\d+\.\d\d/, 'N')),
    ).toEqual([
      'whole: 1 at a time, N runs a second',
      'halves: 2 at a time, N runs a second',
      'mixed: 4 at a time, N runs a second',
      'sevenths: 7 at a time, N runs a second',
    ])
    const seen = readFileSync(join(folder, 'seen'), 'utf8')
    expect(seen.match(/^CUDA_VISIBLE_DEVICES=MIG-/gm)).toHaveLength(1 + 2 + 4 + 7)
    expect(namesOf(machine)).toEqual(before)
    expect(readdirSync(join(folder, 'tmp'))).toEqual([])
  })

  test('the benchmark script restores the GPU when the program fails', async () => {
    const { machine, run } = await createBench()
    const { status, stderr } = run('node', 'benchmark-script.mjs', 'false')
    expect([status, stderr]).toEqual([1, expect.stringMatching(/false on MIG-\S+ ended with 1/)])
    expect(namesOf(machine)).toEqual(before)
  })

  test('the benchmark script restores the GPU when it is stopped', async () => {
    const { folder, machine, env } = await createBench()
    const script = ['benchmark-script.mjs', 'sh', '-c', 'echo started; exec sleep 600']
    const child = spawn('node', script, { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] })
    const ended = new Promise((resolve) => child.on('exit', resolve))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    expect(namesOf(machine)).toEqual([['7g.40gb']])
    child.kill('SIGTERM')
    expect(await ended).toBe(1)
    expect(namesOf(machine)).toEqual(before)
  })
})

describe('the script of mig-parted', () => {
  const files = ['mig-at-boot.sh', 'stop-gpu-clients.yaml', 'kubecon-demo.yaml']

  function createNode(): Desk & { readonly services: () => readonly string[] } {
    const desk = createDesk('2x A100-SXM4-40GB', files)
    const log = join(desk.folder, 'services')
    writeFileSync(log, '')
    mkdirSync(join(desk.folder, 'bin'))
    writeFileSync(join(desk.folder, 'bin/systemctl'), `#!/bin/sh\necho "$*" >> '${log}'\n`)
    chmodSync(join(desk.folder, 'bin/systemctl'), 0o755)
    return { ...desk, services: () => readFileSync(log, 'utf8').trimEnd().split('\n') }
  }
  const balanced = ['1g.5gb', '1g.5gb', '2g.10gb', '3g.20gb']
  const start = 'start nvidia-dcgm.service kubelet.service'

  test('the script of mig-parted divides the GPUs with its hooks, and does nothing the second time', () => {
    const { machine, run, services, folder } = createNode()
    const first = run('sh', 'mig-at-boot.sh', 'all-balanced')
    expect([first.status, first.stdout]).toEqual([
      0,
      expect.stringContaining('Selected MIG configuration currently applied'),
    ])
    expect(namesOf(machine)).toEqual([balanced, balanced])
    const begun = ['stop nvidia-dcgm.service', start, 'stop kubelet.service', start]
    expect(services()).toEqual(begun)
    machine.resetCallCounts()
    expect(run('sh', 'mig-at-boot.sh', 'all-balanced').status).toBe(0)
    expect(machine.callCounts().changing).toBe(0)
    expect(services()).toEqual(begun)
    expect(readdirSync(join(folder, 'tmp'))).toEqual([])
  })

  test('the script of mig-parted brings the GPUs back when the driver fails, and ends with 1', () => {
    const { machine, run } = createNode()
    expect(run('sh', 'mig-at-boot.sh', 'all-balanced').status).toBe(0)
    const fn = 'nvmlDeviceCreateGpuInstanceWithPlacement'
    machine.fail({ fn, nth: 3, error: 'NVML_ERROR_INSUFFICIENT_RESOURCES' })
    const { status, stderr } = run('sh', 'mig-at-boot.sh', 'all-1g.5gb')
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining('all-1g.5gb failed; back to what was there'),
    ])
    expect(namesOf(machine)).toEqual([balanced, balanced])
  })
})

test('the metrics loop writes metrics and the number of idle devices, and leaves no file behind', async () => {
  const { folder, machine, env } = createDesk('2x A100-SXM4-40GB', ['metrics-loop.mjs'])
  const { library } = machine
  await applyMigConfig({ gpu: 1, migDevices: { '3g.20gb': 1, '1g.5gb': 2 } }, { library })
  const [, gpu] = machine.describe().gpus
  const busy = gpu?.gpuInstances.find(({ profileName }) => profileName === '1g.5gb')
  machine.addProcess({ pid: 7, gpu: 1, gpuInstanceId: busy?.id ?? 0, computeInstanceId: 0 })

  const file = join(folder, 'mig.prom')
  const child = spawn('node', ['metrics-loop.mjs', file, '600'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  const said: Buffer = await new Promise((resolve) => child.stdout.once('data', resolve))
  expect(said.toString()).toBe('read\n')
  const text = readFileSync(file, 'utf8')
  expect(text).toMatch(/^mig_up 1$/m)
  expect(text).toMatch(/^mig_idle_devices\{profile="1g\.5gb"\} 1$/m)
  expect(text).toMatch(/^mig_idle_devices\{profile="3g\.20gb"\} 1$/m)
  const check = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  if (check.error !== undefined) console.log('SKIPPED: promtool is not installed')
  else expect(check).toMatchObject({ status: 0, stderr: '' })
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(existsSync(file)).toBe(false)
})

test('the example scheduler makes room by moves, and has the same state after a restart', () => {
  const { run } = createDesk('T4', ['scheduler.mjs'])
  const { status, stdout, stderr } = run('node', 'scheduler.mjs')
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  const lines = stdout.trim().split('\n')
  expect(lines.filter((line) => line.includes(' runs on '))).toHaveLength(6)
  const moves = lines.findIndex((line) => / moves to node-[12], /.test(line))
  const big = lines.findIndex((line) => line.startsWith('big: runs on '))
  expect([moves > 0, moves < big]).toEqual([true, true])
  // Seven slices in one piece are not to be had while any GPU holds something, wherever that is.
  expect(lines).toContain('whole: refused, no-room, proven')
  expect(lines).toContain('2 GPUs, 5 jobs, 0 changes to the machines')
})

test('the example about containers shows the nodes of whole GPUs and of MIG devices, by index and by UUID', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(examples, 'containers.mjs')],
    { encoding: 'utf8' },
  )
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  const shown = new Map(
    stdout.split('NVIDIA_VISIBLE_DEVICES=').map((part) => {
      const [visible = '', ...lines] = part.split('\n')
      const paths = lines.map((line) => /^ {2}(\/dev\/\S+)/.exec(line)?.[1])
      return [visible, paths.filter((path) => path !== undefined)]
    }),
  )
  const gpus = (visible: string): unknown =>
    shown.get(visible)?.filter((path) => /^\/dev\/nvidia\d+$/.test(path))
  const capabilities = (visible: string): unknown =>
    shown.get(visible)?.filter((path) => path.includes('nvidia-caps')).length
  expect([gpus('0'), capabilities('0')]).toEqual([['/dev/nvidia0'], 0])
  expect(gpus('all')).toEqual(['/dev/nvidia0', '/dev/nvidia1'])
  expect([gpus('0:0'), capabilities('0:0')]).toEqual([['/dev/nvidia0'], 2])
  expect(capabilities('0:0,0:1,1:0')).toBe(6)
  const byUuid = [...shown].filter(([visible]) => visible.startsWith('MIG-'))
  expect(byUuid).toHaveLength(2)
  expect(byUuid[0]?.[1]).toEqual(byUuid[1]?.[1])
  expect(gpus(byUuid[0]?.[0] ?? '')).toEqual(['/dev/nvidia1'])
  expect(shown.get('0:7')).toEqual([])
})

test('every example is run', () => {
  const tests = readFileSync(new URL(import.meta.url), 'utf8')
  for (const file of readdirSync(examples).filter((name) => /\.(mjs|sh)$/.test(name)))
    expect(tests).toContain(`'${file}'`)
})

test('the example queue tries only the jobs that a release concerns, and goes on between the stages of a compaction', () => {
  const { run } = createDesk('T4', ['fleet-queue.mjs'])
  const { status, stdout, stderr } = run('node', 'fleet-queue.mjs')
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  const lines = stdout.trim().split('\n')
  expect(lines.filter((line) => line.includes('waits'))).toEqual([
    'half-9: waits, no-room',
    'whole: waits, no-room',
  ])
  const done = lines.indexOf('half-2: done')
  expect(lines.slice(done + 1, done + 3)).toEqual([
    expect.stringMatching(/^half-9: runs on /),
    '1 tried again, 1 waiting',
  ])
  const moves = lines.filter((line) => line.includes(': moves from '))
  expect(moves).toHaveLength(1)
  const emptied = /from (\S+) to/.exec(moves[0] ?? '')?.[1]
  expect(lines.at(-2)).toBe(`whole: runs on ${emptied}`)
  expect(lines.at(-1)).toBe(`the moves have emptied ${emptied}, 0 waiting`)
})
