// The command line for users without the right to list instances. The processes get their privileges
// from MIG_SIMULATOR_PRIVILEGES, as a plain user of a host or a container would have them.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { divideMachine } from '../unit/rights/divided-machine.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-rights-'))
const store = join(folder, 'machine')
const file = join(folder, 'config.yaml')

beforeAll(async () => {
  ;(await divideMachine({ store })).close()
  const entry = (devices: string, wanted: string): string =>
    `    - {devices: ${devices}, mig-enabled: true, mig-devices: ${wanted}}`
  const configs = {
    full: entry('[0]', '{1g.5gb: 7}'),
    fewer: entry('[0]', '{1g.5gb: 6}'),
    hidden: entry('[1]', '{2c.3g.20gb: 1}'),
    both: entry('[0, 1]', '{2c.3g.20gb: 1}'),
  }
  const text = Object.entries(configs).map(([name, line]) => `  ${name}:\n${line}`)
  writeFileSync(file, `version: v1\nmig-configs:\n${text.join('\n')}\n`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function mig(privileges: 'monitor' | 'none', ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [main, ...args, '--store', store],
    { encoding: 'utf8', env: { ...process.env, MIG_SIMULATOR_PRIVILEGES: privileges } },
  )
  return { status, out: stdout, err: stderr }
}

const uuid = /MIG-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

test('status without mig/config shows the MIG devices, what is unknown, and the permission that shows it', () => {
  const { status, out } = mig('monitor', 'status')
  expect(status).toBe(0)
  expect(out.match(uuid)).toHaveLength(8)
  expect(out).toContain('7x 1g.5gb')
  expect(out).toContain('GPU 0, 1: the driver lists GPU instances only to root')
  expect(out).toContain('GPU instances without a compute instance')
  expect(out).toContain('/dev/nvidia-caps/nvidia-cap1')
  expect(out).not.toContain('nvidia-cap2')
})

test('status without mig/monitor says that other MIG devices may exist', () => {
  const { status, out } = mig('none', 'status')
  expect(status).toBe(0)
  expect(out.match(uuid)).toBeNull()
  expect(out).toContain('MIG devices of others')
  expect(out).toContain('/dev/nvidia-caps/nvidia-cap2')
})

test('status --json distinguishes an unknown list from an empty one', () => {
  const { gpus } = JSON.parse(mig('monitor', 'status', '--json').out)
  expect(gpus.map((gpu: { gpuInstances: unknown }) => gpu.gpuInstances)).toEqual([null, null, []])
  expect(gpus[1].migDevices).toMatchObject([{ name: '2c.3g.20gb' }])
})

test.each([
  ['full', 0, /currently applied/, /^$/],
  ['fewer', 1, /7 present, 6 wanted/, /^$/],
  ['hidden', 1, /^$/, /MIG_NO_PERMISSION: GPU 1: .*cannot be known/],
  ['both', 1, /GPU 1: unknown: .*mig\/config/, /^$/],
])(
  'assert of the configuration "%s" without mig/config ends with status %d',
  (config, expected, out, err) => {
    const run = mig('monitor', 'assert', '-f', file, '-c', config)
    expect(run.status).toBe(expected)
    expect(run.out).toMatch(out)
    expect(run.err).toMatch(err)
  },
)

test.each(['plan', 'apply', 'checkpoint'])('%s names the permission that is missing', (verb) => {
  const given = verb === 'checkpoint' ? ['-f', join(folder, 'copy')] : ['-f', file, '-c', 'full']
  const { status, err } = mig('monitor', verb, ...given)
  expect(status).toBe(1)
  expect(err).toMatch(/MIG_NO_PERMISSION: GPU 0, 1: .*mig\/config/)
  expect(err).toMatch(/hint: run as root, or ask the administrator for mig\/config/)
})

test('export without mig/config prints the visible instances and warns of the others', () => {
  const { status, out, err } = mig('monitor', 'export')
  expect(status).toBe(0)
  expect(out).toContain('"1g.5gb": 7')
  expect(err).toMatch(/^warning: GPU 0, 1: .*without a compute instance/)
})

test('watch starts without mig/config and reports the visible changes', () => {
  const script = `${process.execPath} ${main} watch --json --store ${store} | head -1`
  const line = execFileSync('sh', ['-c', script], {
    encoding: 'utf8',
    env: { ...process.env, MIG_SIMULATOR_PRIVILEGES: 'monitor' },
  })
  expect(JSON.parse(line)).toMatchObject({ state: { gpus: [{ gpuInstances: null }, {}, {}] } })
})

test('profiles needs only mig/monitor', () => {
  expect(mig('monitor', 'profiles').out).toMatch(/^ {2}1g\.5gb +19 /m)
})
