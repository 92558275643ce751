import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { writeCdiSpec } from '../../../../lib/index.js'
import { rejectionOf } from '../../../support/errors.js'
import { divide } from '../../../support/machine-root.js'
import { canBeOther, otherUid } from '../../../support/other-user.js'
import { createRootedMachine } from '../../../support/rooted-machine.js'

const mounts = [
  { hostPath: '/usr/lib64/libcuda.so.580', containerPath: '/usr/lib64/libcuda.so.580' },
]
const ofToolkit = {
  cdiVersion: '0.5.0',
  kind: 'nvidia.com/gpu',
  devices: [{ name: 'gone', containerEdits: { deviceNodes: [{ path: '/dev/nvidia9' }] } }],
  containerEdits: { env: ['NVIDIA_VISIBLE_DEVICES=void'], mounts },
}

describe('a merged CDI specification', () => {
  test.each(['base.yaml', 'nvidia.yaml'])(
    'keeps what %s has for every container, and has the devices of the machine',
    async (name) => {
      using rooted = createRootedMachine('A100-SXM4-40GB')
      const [file, merge] = [join(rooted.folder, 'nvidia.yaml'), join(rooted.folder, name)]
      writeFileSync(merge, stringify(ofToolkit))
      for (const [sizes, last] of [
        [{ '1g.5gb': 7 }, '0:6'],
        [{ '3g.20gb': 2 }, '0:1'],
      ] as const) {
        await divide(rooted.machine, { 0: sizes })
        const { spec } = await writeCdiSpec({ ...rooted.options, file, merge, names: ['index'] })
        expect(spec.containerEdits?.mounts).toEqual(mounts)
        expect(spec.devices.map((device) => device.name).at(-2)).toBe(last)
        expect(readFileSync(file, 'utf8')).not.toContain('gone')
      }
    },
  )

  test('a specification without mounts does not replace one with mounts', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const file = join(rooted.folder, 'nvidia.yaml')
    writeFileSync(file, stringify(ofToolkit))
    const error = await rejectionOf(writeCdiSpec({ ...rooted.options, file }))
    expect(error).toMatchObject({
      code: 'MIG_CDI_FAILED',
      hint: expect.stringContaining('--merge'),
    })
    expect(readFileSync(file, 'utf8')).toBe(stringify(ofToolkit))
  })

  test.each<[string, (file: string) => void, RegExp]>([
    ['that is missing', () => {}, /there is no such file/],
    ['that is a folder', (file) => mkdirSync(file), /: it is not a regular file$/],
    ['of another form', (file) => writeFileSync(file, 'devices: 3'), /kind|cdiVersion|devices/],
    ['that is no YAML', (file) => writeFileSync(file, '{ "a": '), /base\.yaml/],
    [
      'that others may write',
      (file) => {
        writeFileSync(file, stringify(ofToolkit))
        chmodSync(file, 0o666)
      },
      /other users may write to it/,
    ],
  ])('a base %s is refused, because its hooks would run as root', async (_what, make, message) => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const merge = join(rooted.folder, 'base.yaml')
    make(merge)
    const file = join(rooted.folder, 'nvidia.yaml')
    const error = await rejectionOf(writeCdiSpec({ ...rooted.options, file, merge }))
    expect(error).toMatchObject({ code: 'MIG_CDI_FAILED', message: expect.stringMatching(message) })
  })

  test('a base that the system cannot look for is refused with its reason, said once', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const merge = join(rooted.folder, 'x'.repeat(300))
    const file = join(rooted.folder, 'nvidia.yaml')
    const { code, message } = await rejectionOf(writeCdiSpec({ ...rooted.options, file, merge }))
    expect(code).toBe('MIG_CDI_FAILED')
    expect(message).toMatch(/^cannot merge .*x{300}/)
    expect(message.split('cannot merge')).toHaveLength(2)
  })

  test.skipIf(!canBeOther)('root does not merge a base of another user', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const merge = join(rooted.folder, 'base.yaml')
    writeFileSync(merge, stringify(ofToolkit))
    chownSync(merge, otherUid, otherUid)
    const file = join(rooted.folder, 'nvidia.yaml')
    const error = await rejectionOf(writeCdiSpec({ ...rooted.options, file, merge }))
    expect(error.message).toContain('belongs to another user')
  })
})
