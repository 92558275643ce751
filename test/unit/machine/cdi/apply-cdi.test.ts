import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cdiSpec } from '../../../../lib/containers.js'
import {
  applyMigConfig,
  checkpointMig,
  readMigState,
  restoreMig,
  withMigConfig,
  writeCdiSpec,
} from '../../../../lib/index.js'
import { reasonOf, rejectionOf } from '../../../support/errors.js'
import { divide } from '../../../support/machine-root.js'
import { createRootedMachine, type RootedMachine } from '../../../support/rooted-machine.js'
import { wantOnAll } from '../../../support/wanted.js'

const sevens = wantOnAll({ '1g.5gb': 7 })

function specIn(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}

async function presentSpec({ options }: RootedMachine): Promise<unknown> {
  return JSON.parse(JSON.stringify(cdiSpec(await readMigState(options))))
}

describe('an apply with a CDI specification', () => {
  test('after a verified apply the CDI specification has the new devices', async () => {
    using rooted = createRootedMachine('2x A100-SXM4-40GB')
    const {
      machine,
      options: { root },
    } = rooted
    const file = join(rooted.folder, 'cdi', 'nvidia.json')
    await applyMigConfig(sevens, { library: machine.library, cdi: { file, root } })
    expect(specIn(file)).toEqual(await presentSpec(rooted))
    expect(specIn(file)).toMatchObject({
      devices: expect.arrayContaining([expect.objectContaining({ name: '1:6' })]),
    })
  })

  test.each([{ kind: 'gpu' }, { names: [] }, { merge: '/base.yaml', driverRoot: '/' }])(
    'the options %j of a CDI specification are refused before any hook runs',
    async (cdi) => {
      using rooted = createRootedMachine('A100-SXM4-40GB')
      const { machine, folder } = rooted
      const mark = join(folder, 'ran')
      const hook = { workdir: '/', command: '/bin/touch', args: [mark] }
      const error = await reasonOf(
        applyMigConfig(sevens, {
          library: machine.library,
          hooks: { version: 'v1', hooks: { 'apply-start': [hook], 'apply-exit': [hook] } },
          cdi: { file: join(folder, 'n.yaml'), ...cdi } as never,
        }),
      )
      expect(error).toBeInstanceOf(TypeError)
      expect(existsSync(mark)).toBe(false)
    },
  )

  test('an apply that has nothing to do writes a CDI specification that is missing', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    await divide(rooted.machine, { 0: { '1g.5gb': 7 } })
    const file = join(rooted.folder, 'nvidia.json')
    const { root, library } = rooted.options
    const { outcome } = await applyMigConfig(sevens, { library, cdi: { file, root } })
    expect(outcome).toBe('unchanged')
    expect(specIn(file)).toEqual(await presentSpec(rooted))
  })

  test.each([
    ['nvmlGpuInstanceCreateComputeInstance', 2],
    ['nvmlDeviceCreateGpuInstanceWithPlacement', 3],
  ])(
    'after an undo of a failed %s the CDI specification is that of the machine before',
    async (fn, nth) => {
      using rooted = createRootedMachine('2x A100-SXM4-40GB')
      const { root, library } = rooted.options
      await divide(rooted.machine, { 0: { '3g.20gb': 2 }, 1: { '2g.10gb': 3 } })
      const file = join(rooted.folder, 'nvidia.json')
      await writeCdiSpec({ ...rooted.options, file, names: ['index'] })
      const before = specIn(file)
      rooted.machine.fail({ fn, nth, times: 1, error: 'NVML_ERROR_UNKNOWN' })
      const error = await rejectionOf(
        applyMigConfig(sevens, { library, cdi: { file, root, names: ['index'] } }),
      )
      expect(error.report?.outcome).toBe('undone')
      expect(namesIn(specIn(file))).toEqual(namesIn(before))
      const now = cdiSpec(await readMigState(rooted.options), { names: ['index'] })
      expect(specIn(file)).toEqual(JSON.parse(JSON.stringify(now)))
    },
  )

  test('an apply keeps the mounts of a CDI specification of nvidia-ctk, and replaces its devices', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const { root, library } = rooted.options
    const file = join(rooted.folder, 'nvidia.json')
    const mounts = [
      { hostPath: '/usr/lib64/libcuda.so.1', containerPath: '/usr/lib64/libcuda.so.1' },
    ]
    const nodes = { deviceNodes: [{ path: '/dev/nvidia0' }] }
    const ofToolkit = {
      cdiVersion: '0.5.0',
      kind: 'nvidia.com/gpu',
      devices: [{ name: '0', containerEdits: nodes }],
      containerEdits: { mounts },
    }
    writeFileSync(file, JSON.stringify(ofToolkit))
    await applyMigConfig(sevens, { library, cdi: { file, root, names: ['index'] } })
    expect(specIn(file)).toMatchObject({ containerEdits: { mounts } })
    expect(namesIn(specIn(file))).toEqual(['0:0', '0:1', '0:2', '0:3', '0:4', '0:5', '0:6', 'all'])
  })

  test('a dry run writes no CDI specification', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const file = join(rooted.folder, 'nvidia.json')
    const { root, library } = rooted.options
    await applyMigConfig(sevens, { library, dryRun: true, cdi: { file, root } })
    expect(existsSync(file)).toBe(false)
  })

  test('an apply whose CDI specification cannot be written changes nothing', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const { root, library } = rooted.options
    const cases = [
      {
        cdi: { file: join(rooted.folder, 'no', 'such', 'nvidia.json'), root },
        code: 'MIG_CDI_FAILED',
      },
      // Without a root, this machine has no file tree.
      { cdi: join(rooted.folder, 'nvidia.json'), code: 'MIG_DEVICE_NUMBERS_UNKNOWN' },
    ]
    for (const { cdi, code } of cases) {
      const error = await rejectionOf(applyMigConfig(sevens, { library, cdi }))
      expect(error.code).toBe(code)
      expect(error.report).toBeUndefined()
    }
    expect((await readMigState({ library })).gpus[0]?.mig?.enabled).toBe(false)
  })

  test('a CDI specification that cannot be written after the changes fails the apply with its report', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const { root, library } = rooted.options
    const file = join(rooted.folder, 'nvidia.json')
    const error = await rejectionOf(
      applyMigConfig(sevens, {
        library,
        cdi: { file, root },
        onEvent({ kind }) {
          if (kind === 'verified') mkdirSync(file)
        },
      }),
    )
    expect(error).toMatchObject({ code: 'MIG_CDI_FAILED', report: { outcome: 'applied' } })
    expect(error.message).toContain('the machine is as wanted')
  })

  test('a driver that fails after the changes fails the apply with its report, and leaves the CDI specification', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const { root, library } = rooted.options
    const file = join(rooted.folder, 'nvidia.json')
    const error = await rejectionOf(
      applyMigConfig(sevens, {
        library,
        cdi: { file, root },
        onEvent({ kind }) {
          if (kind !== 'verified') return
          rooted.machine.fail({
            fn: 'nvmlDeviceGetMigMode',
            error: 'NVML_ERROR_UNKNOWN',
            times: 99,
          })
        },
      }),
    )
    expect(error).toMatchObject({ code: 'MIG_CDI_FAILED', report: { outcome: 'applied' } })
    expect(error.message).toContain(file)
    expect(error.message).toContain('the machine is as wanted')
    expect(error.cause).toMatchObject({ code: 'NVML_ERROR_UNKNOWN' })
    expect(existsSync(file)).toBe(false)
  })

  test('the numbers of device nodes that are lost after the changes fail the apply with its report', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const { root, library } = rooted.options
    const error = await rejectionOf(
      applyMigConfig(sevens, {
        library,
        cdi: { file: join(rooted.folder, 'nvidia.json'), root },
        onEvent({ kind }) {
          if (kind === 'verified') rmSync(join(rooted.root, 'proc/devices'))
        },
      }),
    )
    expect(error).toMatchObject({
      code: 'MIG_DEVICE_NUMBERS_UNKNOWN',
      report: { outcome: 'applied' },
    })
  })

  test('a restore and a configuration for a time keep the CDI specification as well', async () => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    const { root, library } = rooted.options
    const file = join(rooted.folder, 'nvidia.json')
    const cdi = { file, root, names: ['index'] } as const
    const checkpoint = await checkpointMig({ library })
    await withMigConfig(sevens, () => expect(namesIn(specIn(file))).toContain('0:6'), {
      library,
      cdi,
    })
    expect(namesIn(specIn(file))).toEqual(['0', 'all'])
    await applyMigConfig(sevens, { library })
    await restoreMig(checkpoint, { library, cdi })
    expect(namesIn(specIn(file))).toEqual(['0', 'all'])
  })
})

function namesIn(spec: unknown): readonly string[] {
  return (spec as { devices: { name: string }[] }).devices.map(({ name }) => name)
}
