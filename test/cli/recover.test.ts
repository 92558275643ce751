import { join } from 'node:path'
import { expect, test } from 'vitest'
import { assertMigConfig } from '../../lib/index.js'
import { InterruptedApply } from '../support/interrupted.js'
import { runInProcess } from './run-in-process.js'

test.each([
  ['undo', 'undone', (apply: InterruptedApply) => apply.before],
  ['finish', 'finished', (apply: InterruptedApply) => apply.target],
])(
  'recover --direction %s: the GPU that a crash left is %s',
  async (direction, outcome, expected) => {
    using apply = await InterruptedApply.create()
    const store = ['--store', join(apply.folder, 'machine')]
    const { status, out, err } = await runInProcess(['recover', '--direction', direction, ...store])
    expect({ status, says: `${out}${err}` }).toEqual({
      status: 0,
      says: expect.stringMatching(new RegExp(`^GPU \\d: ${outcome}`, 'm')),
    })
    expect(apply.listJournals()).toEqual([])
    const { library } = apply
    expect(await assertMigConfig(expected(apply), { library })).toMatchObject({ matches: true })
    expect(await runInProcess(['recover', ...store])).toEqual({
      status: 0,
      out: 'Nothing to recover.\n',
      err: '',
    })
  },
)

test('recover --json prints data, and an unknown direction is refused', async () => {
  using apply = await InterruptedApply.create()
  const store = ['--store', join(apply.folder, 'machine')]
  const { out, err } = await runInProcess(['recover', '--json', ...store])
  expect(err).toBe('')
  expect(JSON.parse(out)).toMatchObject({
    recovered: expect.arrayContaining([expect.objectContaining({ outcome: 'undone' })]),
  })
  expect(await runInProcess(['recover', '--direction', 'back', ...store])).toMatchObject({
    status: 2,
    err: expect.stringMatching(/undo, finish/),
  })
})

test('recover ends with 1 if a process uses an instance that it must destroy', async () => {
  using apply = await InterruptedApply.create()
  const instances = apply.machine
    .describe()
    .gpus.flatMap(({ index, gpuInstances }) => gpuInstances.map(({ id }) => ({ gpu: index, id })))
  for (const [position, { gpu, id }] of instances.entries())
    apply.machine.addProcess({
      pid: 4711 + position,
      gpu,
      gpuInstanceId: id,
      computeInstanceId: 0,
    })
  const store = ['--store', join(apply.folder, 'machine')]
  const { status, out } = await runInProcess(['recover', ...store])
  expect(status).toBe(1)
  expect(out).toMatch(/^GPU 0: kept: in use by .*4\d{3}/m)
  expect(out).toMatch(/^GPU 1: kept: in use by .*4\d{3}/m)
  expect(out).toMatch(/^ {2}found: missing: 1g\.5gb/m)
})
