import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { cdiSpec } from '../../../../lib/containers.js'
import { readMigState, writeCdiSpec } from '../../../../lib/index.js'
import { defaultCdiFile, writeSettled } from '../../../../lib/machine/cdi/spec-file.js'
import { reasonOf, rejectionOf } from '../../../support/errors.js'
import { divide } from '../../../support/machine-root.js'
import { createRootedMachine } from '../../../support/rooted-machine.js'

describe('writeCdiSpec', () => {
  test.each(['nvidia.yaml', 'nvidia.json'])(
    'the specification of the machine stands in %s',
    async (name) => {
      using rooted = createRootedMachine('2x A100-SXM4-40GB')
      await divide(rooted.machine, { 0: { '3g.20gb': 1, '1g.5gb': 2 } })
      const file = join(rooted.folder, 'cdi', name)
      const written = await writeCdiSpec({ ...rooted.options, file })
      const expected = cdiSpec(await readMigState(rooted.options))
      expect(expected.devices.length).toBe(9)
      expect(written).toEqual({ file, spec: expected, changed: true, conflicts: [] })
      const text = readFileSync(file, 'utf8')
      expect(name.endsWith('json') ? JSON.parse(text) : parse(text)).toEqual(expected)
    },
  )

  test('a specification that has not changed is not written again', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const file = join(rooted.folder, 'nvidia.yaml')
    await writeCdiSpec({ ...rooted.options, file })
    const { ino } = statSync(file)
    expect(await writeCdiSpec({ ...rooted.options, file })).toMatchObject({ changed: false })
    expect(statSync(file).ino).toBe(ino)
    await divide(rooted.machine, { 0: { '7g.40gb': 1 } })
    expect(await writeCdiSpec({ ...rooted.options, file })).toMatchObject({ changed: true })
    expect(statSync(file).ino).not.toBe(ino)
  })

  test('every user may read a specification and its folder, whatever the umask is', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const file = join(rooted.folder, 'cdi', 'nvidia.yaml')
    const umask = process.umask(0o077)
    await writeCdiSpec({ ...rooted.options, file }).finally(() => process.umask(umask))
    expect(statSync(file).mode & 0o777).toBe(0o644)
    expect(statSync(join(rooted.folder, 'cdi')).mode & 0o777).toBe(0o755)
  })

  test('a machine whose only GPU has MIG on and no MIG device has a specification', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB +mig')
    const { spec } = await writeCdiSpec({ ...rooted.options, file: join(rooted.folder, 'n.json') })
    expect(spec.devices.map(({ name }) => name)).toEqual(['none'])
  })

  test('options choose the format, the names and the kind of a specification', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const file = join(rooted.folder, 'nvidia')
    const { spec } = await writeCdiSpec({
      ...rooted.options,
      file,
      format: 'json',
      names: ['type-index'],
      kind: 'example.com/gpu',
    })
    expect(spec.kind).toBe('example.com/gpu')
    expect(spec.devices.map(({ name }) => name)).toEqual(['all', 'gpu0'])
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(spec)
  })

  test.each<[string, (file: string) => void, RegExp]>([
    ['is a folder', (file) => mkdirSync(file), /it is a folder/],
    [
      'is in no folder',
      (file) => rmSync(join(file, '..'), { recursive: true }),
      /there is no such file or folder/,
    ],
  ])('a file that %s is MIG_CDI_FAILED, and leaves no draft', async (_what, spoil, message) => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const folder = join(rooted.folder, 'a', 'b')
    mkdirSync(folder, { recursive: true })
    const file = join(folder, 'nvidia.yaml')
    spoil(file)
    if (!existsSync(folder)) rmSync(join(rooted.folder, 'a'), { recursive: true })
    const error = await rejectionOf(writeCdiSpec({ ...rooted.options, file }))
    expect(error).toMatchObject({ code: 'MIG_CDI_FAILED', message: expect.stringMatching(message) })
    expect(existsSync(folder) ? readdirSync(folder) : []).not.toContainEqual(
      expect.stringMatching(/\.new$/),
    )
  })

  test('a machine whose node numbers are not known keeps its old specification', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const file = join(rooted.folder, 'nvidia.yaml')
    await writeCdiSpec({ ...rooted.options, file })
    const before = readFileSync(file, 'utf8')
    await divide(rooted.machine, { 0: { '7g.40gb': 1 } })
    rmSync(join(rooted.root, 'proc/devices'))
    const error = await rejectionOf(writeCdiSpec({ ...rooted.options, file }))
    expect(error.code).toBe('MIG_DEVICE_NUMBERS_UNKNOWN')
    expect(error.message).toContain('proc/devices')
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  test('devices that another file of the folder defines as well are reported', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const kind = 'nvidia.com/gpu'
    const device = (name: string) => ({ name, containerEdits: { env: ['A=b'] } })
    const others = {
      'same.json': JSON.stringify({
        cdiVersion: '0.5.0',
        kind,
        devices: [null, 'x', { name: 0 }, device('0'), device('x')],
      }),
      'text.json': JSON.stringify(kind),
      'other-kind.yaml': JSON.stringify({
        cdiVersion: '0.5.0',
        kind: 'a.com/gpu',
        devices: [device('0')],
      }),
      'broken.yaml': `kind: ${kind}\ndevices: {`,
      'no-spec.txt': JSON.stringify({ kind, devices: [device('0')] }),
    }
    for (const [name, text] of Object.entries(others))
      writeFileSync(join(rooted.folder, name), text)
    const { conflicts } = await writeCdiSpec({
      ...rooted.options,
      file: join(rooted.folder, 'n.yaml'),
    })
    expect(conflicts).toEqual([{ file: join(rooted.folder, 'same.json'), devices: [`${kind}=0`] }])
  })

  test.each([
    [{ names: ['uuids'] }, /writeCdiSpec: option names\[0\]/],
    [{ names: [] }, /writeCdiSpec: option names/],
    [{ kind: 'gpu' }, /writeCdiSpec: option kind/],
    [{ format: 'xml' }, /format/],
    [{ file: '' }, /file/],
    [{ fil: 'x' }, /file/],
  ])('writeCdiSpec refuses the options %j with a TypeError', async (options, message) => {
    const error = await reasonOf(writeCdiSpec(options as never))
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toMatch(message)
  })

  test('a base and a folder of the driver together are a TypeError that names both options', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const { folder, options } = rooted
    const both = { file: join(folder, 'n.yaml'), merge: join(folder, 'none'), driverRoot: folder }
    const error = await reasonOf(writeCdiSpec({ ...options, ...both }))
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toMatch(/merge and driverRoot/)
  })
})

test('a write gives up with MIG_CDI_FAILED where another program overwrites the file each time', async () => {
  using rooted = createRootedMachine('A100-SXM4-40GB')
  const file = join(rooted.folder, 'nvidia.json')
  const state = await readMigState(rooted.options)
  const read = async () => {
    writeFileSync(file, '{}')
    return state
  }
  const { code, message, hint } = await rejectionOf(writeSettled(read, { file }))
  expect(code).toBe('MIG_CDI_FAILED')
  expect(hint).toContain('one program')
  expect(message).toContain(file)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(cdiSpec(state))
})

test('a change between the read and the write of a specification is in the file at the end', async () => {
  using rooted = createRootedMachine('A100-SXM4-40GB')
  const file = join(rooted.folder, 'nvidia.json')
  let reads = 0
  const read = async () => {
    const state = await readMigState(rooted.options)
    reads++
    // Another program changes the machine, twice, after this one has looked.
    if (reads <= 2) await divide(rooted.machine, { 0: { '1g.5gb': reads } })
    return state
  }
  const { spec } = await writeSettled(read, { file })
  expect(spec.devices.map(({ name }) => name)).toEqual(expect.arrayContaining(['0:0', '0:1']))
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(
    cdiSpec(await readMigState(rooted.options)),
  )
})

// deployments/systemd/nvidia-cdi-refresh.service of nvidia-container-toolkit.
test('without a file, a specification takes the place of that of nvidia-ctk', () => {
  expect(defaultCdiFile).toBe('/var/run/cdi/nvidia.yaml')
})
