import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { followCdiSpec, writeCdiSpec } from '../../../../lib/index.js'
import type { CdiSpec } from '../../../../types/containers/cdi.js'
import { reasonOf, rejectionOf } from '../../../support/errors.js'
import { putFile } from '../../../support/root-tree.js'
import { createRootedMachine } from '../../../support/rooted-machine.js'

describe('a specification with the driver of a folder', () => {
  test('the file has the libraries and programs that are there when it is written', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const driverRoot = join(rooted.folder, 'driver')
    const file = join(rooted.folder, 'nvidia.json')
    mkdirSync(driverRoot)
    putFile(driverRoot, 'usr/lib64/libcuda.so.580.65.06', '')
    await writeCdiSpec({ ...rooted.options, file, driverRoot })
    expect(mountsOf(file)).toEqual(['/usr/lib64/libcuda.so.580.65.06'])
    putFile(driverRoot, 'usr/lib64/libnvidia-tls.so.580.65.06', '')
    const { changed } = await writeCdiSpec({ ...rooted.options, file, driverRoot })
    expect(changed).toBe(true)
    expect(mountsOf(file)).toHaveLength(2)
  })

  test('a folder without a driver leaves the old file', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const file = join(rooted.folder, 'nvidia.json')
    writeFileSync(file, '{}')
    const driverRoot = join(rooted.folder, 'nowhere')
    const error = await rejectionOf(writeCdiSpec({ ...rooted.options, file, driverRoot }))
    expect(error.code).toBe('MIG_DRIVER_NOT_FOUND')
    expect(readFileSync(file, 'utf8')).toBe('{}')
  })

  test('the driver of a folder and a file to merge exclude each other', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const file = join(rooted.folder, 'nvidia.json')
    await writeCdiSpec({ ...rooted.options, file })
    putFile(rooted.folder, 'driver/usr/lib64/libcuda.so.580.65.06', '')
    const driverRoot = join(rooted.folder, 'driver')
    expect(
      await reasonOf(writeCdiSpec({ ...rooted.options, file, merge: file, driverRoot })),
    ).toBeInstanceOf(TypeError)
  })

  test('followCdiSpec takes the folder of the driver', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const file = join(rooted.folder, 'nvidia.json')
    putFile(rooted.folder, 'driver/usr/lib64/libcuda.so.580.65.06', '')
    const driverRoot = join(rooted.folder, 'driver')
    for await (const update of followCdiSpec({ ...rooted.options, file, driverRoot })) {
      expect(update.kind).toBe('written')
      break
    }
    expect(mountsOf(file)).toEqual(['/usr/lib64/libcuda.so.580.65.06'])
  })
})

function mountsOf(file: string): readonly string[] {
  const spec: CdiSpec = JSON.parse(readFileSync(file, 'utf8'))
  return (spec.containerEdits?.mounts ?? []).map(({ containerPath }) => containerPath)
}
