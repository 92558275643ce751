import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { applyMigConfig, checkpointMig, restoreMig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { readMigState } from '../../../support/read-state.js'
import { placesOf, wantOnAll } from '../../../support/wanted.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-nvml-checkpoint-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a checkpoint file has the checkpoint, and restoreMig reads it by path or URL', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  const file = join(folder, 'now.json')
  await applyMigConfig(wantOnAll({ '2g.10gb': 3 }), { library })
  const before = (await readMigState({ library })).gpus.map(placesOf)
  const checkpoint = await checkpointMig({ library, file })
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(checkpoint)
  expect(readdirSync(folder)).toEqual(['now.json'])
  for (const input of [file, pathToFileURL(file)]) {
    await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library })
    await restoreMig(input, { library })
    expect((await readMigState({ library })).gpus.map(placesOf)).toEqual(before)
  }
})

test('a checkpoint file that cannot be replaced keeps its content, and no other file is left', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  // A folder cannot be replaced by a file.
  const file = join(folder, 'taken')
  mkdirSync(file)
  writeFileSync(join(file, 'keep'), '')
  await expect(checkpointMig({ library, file })).rejects.toMatchObject({
    code: expect.stringMatching(/^E/),
  })
  await expect(checkpointMig({ library, file: join(folder, 'no/deeper') })).rejects.toMatchObject({
    code: 'ENOENT',
  })
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['taken', 'taken/keep'])
})

test('a later write removes the draft that a killed writer left, and nothing else', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const draft = (start: string, digit: string): string =>
    `${start}.${digit.repeat(8)}-1234-1234-1234-${digit.repeat(12)}.new`
  const twoHoursAgo = Date.now() / 1000 - 7200
  const names = [
    draft('now.json', 'a'),
    draft('then.json', 'b'),
    'now.json.new',
    'now.json.mine.new',
  ]
  for (const name of names) {
    writeFileSync(join(folder, name), '')
    utimesSync(join(folder, name), twoHoursAgo, twoHoursAgo)
  }
  writeFileSync(join(folder, draft('now.json', 'c')), 'one that is being written')
  await checkpointMig({ library: machine.library, file: join(folder, 'now.json') })
  expect(readdirSync(folder).sort()).toEqual(
    ['now.json', draft('now.json', 'c'), ...names.slice(1)].sort(),
  )
})

test('a link at the path of a checkpoint file is replaced, and its target keeps its content', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const file = join(folder, 'now.json')
  writeFileSync(join(folder, 'precious'), 'precious')
  symlinkSync('precious', file)
  const checkpoint = await checkpointMig({ library: machine.library, file })
  expect(lstatSync(file).isFile()).toBe(true)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(checkpoint)
  expect(readFileSync(join(folder, 'precious'), 'utf8')).toBe('precious')
})

test('a machine with a lost GPU gets no checkpoint and no file', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  machine.loseGpu(1)
  const file = join(folder, 'now.json')
  await expect(checkpointMig({ library: machine.library, file })).rejects.toMatchObject({
    code: 'MIG_GPU_LOST',
  })
  expect(existsSync(file)).toBe(false)
})

describe('a restore from a file that is not a checkpoint', () => {
  const some = { version: 'mig-nvml/checkpoint/v1', takenAt: '', driverVersion: '580', gpus: [] }
  const gpu = { uuid: 'GPU-1', index: 0, name: 'A100', mig: { enabled: true, pending: true } }
  test.each([
    ['damaged', '{"version": "mig-nvml/checkpo', /is not valid JSON/],
    ['empty', '', /is not valid JSON/],
    ['of another version', '{"version": "mig-nvml/checkpoint/v9"}', /"mig-nvml\/checkpoint\/v9"/],
    ['something else', '[1]', /is not valid: it has neither/],
    ['what mig-parted restores “successfully”', '{}', /is not valid: it has neither/],
    ['without GPUs', JSON.stringify({ ...some, gpus: undefined }), /gpus is missing/],
    [
      'with half a GPU',
      JSON.stringify({ ...some, gpus: [gpu] }),
      /gpus\[0\]\.gpuInstances is missing/,
    ],
    [
      'with a placement that is none',
      JSON.stringify({
        ...some,
        gpus: [{ ...gpu, gpuInstances: [{ profileId: 0, profileName: '', placement: 3 }] }],
      }),
      /placement must be a mapping/,
    ],
    [
      'of mig-parted with a mode that is none',
      '{"MigState":{"Devices":[{"UUID":"GPU-1","MigMode":2,"GpuInstances":null}]}}',
      /MigMode must be 0 or 1/,
    ],
  ])('a file that is %s is rejected before the driver is opened', async (_, text, message) => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    machine.resetCallCounts()
    const file = join(folder, 'bad.json')
    writeFileSync(file, text)
    await expect(restoreMig(file, { library: machine.library })).rejects.toMatchObject({
      code: 'MIG_CHECKPOINT_INVALID',
      message: expect.stringMatching(message),
    })
    expect(machine.callCounts().total).toBe(0)
  })

  test('a file that does not exist is rejected before the driver is opened', async () => {
    await expect(restoreMig(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
