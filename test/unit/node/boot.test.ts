import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { checkpointMig } from '../../../lib/index.js'
import { waitForDriver } from '../../../lib/node/boot/wait-for-driver.js'
import {
  type BootPhase,
  bootMig,
  type MigChoice,
  persistMigChoice,
  readMigChoice,
} from '../../../lib/node.js'
import type { ApplyEvent } from '../../../types/machine/events.js'
import { rejectionOf } from '../../support/errors.js'
import { InterruptedApply } from '../../support/interrupted.js'
import { putPciGpu } from '../../support/pci-gpus.js'
import { type BootingMachine, createBootingMachine } from './booting.js'

const document = {
  version: 'v1',
  'mig-configs': {
    halves: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': { '3g.20gb': 2 } }],
    second: [{ devices: [1], 'mig-enabled': true, 'mig-devices': { '7g.40gb': 1 } }],
    off: [{ devices: 'all', 'mig-enabled': false }],
  },
} as const
const choose = (config: string, more: object = {}): MigChoice => ({
  kind: 'config',
  document,
  config,
  ...more,
})
const halved = '3g.20gb 3g.20gb'

/** Which GPUs were reset since the machine was made. */
const resets = ({ machine }: BootingMachine): readonly string[] =>
  machine
    .journal({ control: true })
    .flatMap((entry) => (entry.kind === 'control' ? [entry.command] : []))
    .filter((command) => command.startsWith('reset-gpu'))

describe('a boot brings the layout back', () => {
  test('a first boot applies what the options choose, and a second changes nothing', async () => {
    const host = createBootingMachine('2x A100-SXM4-40GB')
    expect(await host.boot({ choice: choose('halves') })).toMatchObject({ outcome: 'applied' })
    expect(host.layout()).toEqual([halved, halved])
    host.machine.resetCallCounts()
    const again = await host.boot({ choice: choose('halves') })
    expect(again).toMatchObject({ outcome: 'unchanged', choice: 'configuration "halves"' })
    expect(again.exported?.['mig-configs']).toEqual({ current: document['mig-configs'].halves })
    expect(host.machine.callCounts().changing).toBe(0)
  })

  test.each([['A100-SXM4-40GB'], ['H100 80GB HBM3']])(
    'what was persisted is there again after a reboot of a machine with %s',
    async (model) => {
      const host = createBootingMachine(model)
      await persistMigChoice({ kind: 'generated', config: 'all-balanced' }, host.state)
      await host.boot()
      const before = host.layout()
      expect(before).not.toEqual(['off'])
      host.reboot()
      expect(host.layout()).not.toEqual(before)
      expect(await host.boot()).toMatchObject({ outcome: 'applied' })
      expect(host.layout()).toEqual(before)
    },
  )

  test('a persisted choice has the document itself, and of it only the chosen configuration', async () => {
    const host = createBootingMachine('2x A100-SXM4-40GB')
    await persistMigChoice(choose('second'), host.state)
    const persisted = await readMigChoice(host.state)
    expect(persisted?.choice).toEqual(
      choose('second', {
        document: { version: 'v1', 'mig-configs': { second: document['mig-configs'].second } },
      }),
    )
    await host.boot()
    expect(host.layout()).toEqual(['off', '7g.40gb'])
  })

  test('an option counts more than what was persisted', async () => {
    const host = createBootingMachine('2x A100-SXM4-40GB')
    await persistMigChoice(choose('second'), host.state)
    await host.boot({ choice: choose('halves') })
    expect(host.layout()).toEqual([halved, halved])
  })

  test('without a choice, a boot changes nothing and succeeds, even without a driver', async () => {
    const host = createBootingMachine('A100-SXM4-40GB')
    host.unloadDriver()
    expect(await host.boot()).toMatchObject({ outcome: 'nothing-chosen', choice: null })
    host.loadDriver()
    expect(await host.boot()).toMatchObject({ outcome: 'nothing-chosen' })
    expect(host.machine.callCounts().changing).toBe(0)
  })

  test('two boots at the same time both succeed, and each instance is made once', async () => {
    const host = createBootingMachine('2x A100-SXM4-40GB')
    const both = await Promise.all([1, 2].map(() => host.boot({ choice: choose('halves') })))
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['applied', 'unchanged'])
    expect(host.layout()).toEqual([halved, halved])
    const { byFunction } = host.machine.callCounts()
    expect(byFunction['nvmlDeviceCreateGpuInstanceWithPlacement']).toBe(4)
  })
})

describe('the options of an apply count at a boot', () => {
  test('the programs of hooks run with the environment that the options name', async () => {
    const host = createBootingMachine('A100-SXM4-40GB')
    const file = join(host.folder, 'ran')
    const hook = { workdir: null, command: '/bin/sh', args: ['-c', `echo "$WHO" >> ${file}`] }
    await host.boot({
      choice: choose('halves'),
      hooks: { version: 'v1', hooks: { 'apply-start': [hook] } },
      hookEnvs: { WHO: 'boot' },
    })
    expect(readFileSync(file, 'utf8')).toBe('boot\n')
  })

  test('a reset that does not end in the time that the options give it counts as failed', async () => {
    const host = createBootingMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
    const path = process.env['PATH']
    // In place of the tool in the file tree of this machine.
    writeFileSync(join(host.folder, 'chroot'), '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 })
    process.env['PATH'] = `${host.folder}:${path}`
    onTestFinished(() => {
      process.env['PATH'] = path
    })
    const { cause } = await rejectionOf(
      host.boot({ choice: choose('halves'), reset: 'nvidia-smi', resetTimeoutMs: 10 }),
    )
    expect(cause).toMatchObject({ code: 'MIG_RESET_TIMEOUT' })
  })
})

describe('a boot and its driver', () => {
  test('a boot waits for a driver that is late, and says what it waits for', async () => {
    const host = createBootingMachine('A100-SXM4-40GB')
    host.unloadDriver()
    const phases: BootPhase[] = []
    const report = await host.boot({
      choice: choose('halves'),
      waitMs: 600_000,
      onPhase: (phase) => {
        phases.push(phase)
        if (phase.phase === 'waiting') host.loadDriver()
      },
    })
    expect(report).toMatchObject({ outcome: 'applied' })
    expect(phases.map(({ phase }) => phase)).toEqual(['waiting', 'applying', 'done'])
    expect(phases[0]?.text).toContain('the PCI bus has 1 NVIDIA GPU, bound to no driver')
    expect(host.layout()).toEqual([halved])
  })

  test('a boot whose driver never comes fails, after it has set the modes that need none', async () => {
    const host = createBootingMachine('A100-SXM4-40GB')
    host.unloadDriver()
    const error = await rejectionOf(host.boot({ choice: choose('halves'), waitMs: 1 }))
    expect(error).toMatchObject({ code: 'MIG_DRIVER_NOT_READY' })
    expect(error.message).toContain('no NVIDIA driver is loaded')
    host.loadDriver()
    expect(host.layout()).toEqual([''])
  })

  test('without a driver, a choice that no GPU can have fails as the missing driver, and says both', async () => {
    const host = createBootingMachine('A100-SXM4-40GB')
    host.unloadDriver()
    // There is no GPU 1.
    const error = await rejectionOf(host.boot({ choice: choose('second'), reboot: async () => {} }))
    expect(error).toMatchObject({ code: 'MIG_DRIVER_NOT_READY' })
    expect(error.message).toMatch(/no NVIDIA driver is loaded.*; without it, /)
  })

  test('modes alone need no driver on an A100, and a second boot sets nothing', async () => {
    const host = createBootingMachine('A100-SXM4-40GB')
    host.unloadDriver()
    const choice = choose('halves', { modeOnly: true })
    const phases: BootPhase[] = []
    const onPhase = (phase: BootPhase): void => void phases.push(phase)
    expect(await host.boot({ choice, onPhase })).toMatchObject({
      outcome: 'modes-set',
      pci: { gpus: [{ outcome: 'changed' }] },
    })
    expect(phases.at(-1)).toEqual({
      phase: 'done',
      text: 'without a driver: the MIG modes of configuration "halves"',
    })
    expect(await host.boot({ choice })).toMatchObject({ pci: { gpus: [{ outcome: 'unchanged' }] } })
  })

  test('modes alone can be asked for, whatever was persisted', async () => {
    const host = createBootingMachine('2x A100-SXM4-40GB')
    await persistMigChoice(choose('second'), host.state)
    expect(await host.boot({ modeOnly: true })).toMatchObject({
      choice: 'the MIG modes of configuration "second"',
    })
    expect(host.layout()).toEqual(['off', ''])
  })

  test('modes alone still need the driver of an H100', async () => {
    const host = createBootingMachine('A100-SXM4-40GB, H100 80GB HBM3')
    host.unloadDriver()
    const choice = choose('halves', { modeOnly: true })
    const error = await rejectionOf(host.boot({ choice }))
    expect(error).toMatchObject({ code: 'MIG_DRIVER_NOT_READY' })
  })

  test('a boot waits for GPUs that are bound to the driver and not listed yet, and then goes on without them', async () => {
    const host = createBootingMachine('A100-SXM4-40GB')
    putPciGpu(host.root, { address: '0000:ff:00.0', driver: 'nvidia' })
    const phases: BootPhase[] = []
    const onPhase = (phase: BootPhase): void => void phases.push(phase)
    await host.boot({ choice: choose('halves'), waitMs: 20, onPhase })
    expect(phases[0]).toEqual({
      phase: 'waiting',
      text: 'the driver lists 1 of the 2 GPUs that are bound to it',
    })
    expect(host.layout()).toEqual([halved])
  })

  test('a driver that does not answer is waited for no longer than one that is not there', async () => {
    const host = createBootingMachine('A100-SXM4-40GB')
    host.machine.fail({ fn: 'nvmlInit_v2', hangMs: 3_000, times: 1000 })
    const found = await waitForDriver(
      { library: host.options.library },
      { waitMs: 1, leastMs: 20, onWaiting: () => {} },
    )
    expect(found.missing).toContain('the driver does not answer')
  })

  test('another error of the driver ends the wait at once', async () => {
    const host = createBootingMachine('A100-SXM4-40GB')
    host.machine.fail({ fn: 'nvmlInit_v2', error: 'NVML_ERROR_LIB_RM_VERSION_MISMATCH', times: 9 })
    await expect(host.boot({ choice: choose('halves'), waitMs: 600_000 })).rejects.toMatchObject({
      code: 'NVML_ERROR_LIB_RM_VERSION_MISMATCH',
    })
  })

  test('a signal ends the wait', async () => {
    const host = createBootingMachine('A100-SXM4-40GB')
    host.unloadDriver()
    const stop = new AbortController()
    const boot = host.boot({
      choice: choose('halves'),
      waitMs: 600_000,
      signal: stop.signal,
      onPhase: () => stop.abort(),
    })
    expect(await rejectionOf(boot)).toMatchObject({ code: 'ABORT_ERR' })
  })
})

describe('a MIG mode that is pending', () => {
  test('only the GPU that needs a reset is reset', async () => {
    const host = createBootingMachine('2x A100-SXM4-40GB', { resetPolicy: 'manual' })
    await host.boot({ choice: choose('second') })
    expect(host.layout()).toEqual(['off', '7g.40gb'])
    expect(resets(host)).toHaveLength(1)
    await host.boot({ choice: choose('halves') })
    expect(host.layout()).toEqual([halved, halved])
    expect(resets(host)).toHaveLength(2)
  })

  /** A machine whose GPUs get no reset, and the number of its reboots. */
  function withoutResets(): BootingMachine & {
    bootOnce(): ReturnType<BootingMachine['boot']>
    readonly reboots: readonly string[]
  } {
    const host = createBootingMachine('A100-SXM4-40GB', { resetPolicy: 'refused' })
    const reboots: string[] = []
    const file = join(host.stateFolder, 'reboot.json')
    return {
      ...host,
      reboots,
      bootOnce: () =>
        host.boot({
          choice: choose('halves'),
          // What is on the disk at that moment is what the next boot knows.
          reboot: async () => void reboots.push(readFileSync(file, 'utf8')),
        }),
    }
  }

  test('where no reset is possible, the machine reboots once and then has its layout', async () => {
    const host = withoutResets()
    expect(await host.bootOnce()).toMatchObject({ outcome: 'rebooting' })
    expect(host.reboots).toHaveLength(1)
    expect(JSON.parse(host.reboots[0] ?? '')).toMatchObject({ bootId: 'boot-1' })
    host.reboot()
    expect(await host.bootOnce()).toMatchObject({ outcome: 'applied' })
    expect(host.layout()).toEqual([halved])
    expect(host.reboots).toHaveLength(1)
    // The next change may need a reboot of its own.
    expect(existsSync(join(host.stateFolder, 'reboot.json'))).toBe(false)
  })

  test('a machine that reboots for one GPU may have others without MIG', async () => {
    const host = createBootingMachine('A100-SXM4-40GB, Tesla T4', { resetPolicy: 'refused' })
    const mixed = [
      { devices: [0], 'mig-enabled': true, 'mig-devices': { '3g.20gb': 2 } },
      { devices: [1], 'mig-enabled': false },
    ]
    const choice: MigChoice = {
      kind: 'config',
      document: { version: 'v1', 'mig-configs': { mixed } },
    }
    let reboots = 0
    const reboot = async () => void reboots++
    expect(await host.boot({ choice, reboot })).toMatchObject({ outcome: 'rebooting' })
    host.reboot()
    expect(await host.boot({ choice, reboot })).toMatchObject({ outcome: 'applied' })
    expect(host.layout()[0]).toBe(halved)
    expect(reboots).toBe(1)
  })

  test('a machine whose mode is not there after a reboot is never rebooted again', async () => {
    const host = withoutResets()
    await host.bootOnce()
    for (let boots = 0; boots < 3; boots += 1) {
      host.reboot()
      // The mode is lost on the way, as on hardware that does not keep it.
      host.machine.setResetPolicy('automatic')
      await host.boot({ choice: choose('off') }).catch(() => {})
      host.machine.setResetPolicy('refused')
      writeFileSync(join(host.stateFolder, 'reboot.json'), host.reboots[0] ?? '')
      const error = await rejectionOf(host.bootOnce())
      expect(error).toMatchObject({ code: 'MIG_REBOOT_REQUIRED' })
      expect(error.message).toContain('has been rebooted for that once')
      expect(error.hint).toContain(join(host.stateFolder, 'reboot.json'))
    }
    expect(host.reboots).toHaveLength(1)
  })

  test('asking again in the boot that has asked for the reboot asks for the same reboot', async () => {
    const host = withoutResets()
    await host.bootOnce()
    expect(await host.bootOnce()).toMatchObject({ outcome: 'rebooting' })
    expect(new Set(host.reboots.map((text) => JSON.parse(text).bootId))).toEqual(
      new Set(['boot-1']),
    )
  })

  test('where the request for a reboot cannot be written, there is no reboot', async () => {
    const host = withoutResets()
    // Nothing can be made below a file.
    writeFileSync(host.stateFolder, '')
    expect(await rejectionOf(host.bootOnce())).toMatchObject({ code: 'MIG_STATE_FAILED' })
    expect(host.reboots).toEqual([])
  })

  test('by default nothing is rebooted, and the next reboot sets the mode', async () => {
    const host = createBootingMachine('A100-SXM4-40GB', { resetPolicy: 'refused' })
    const error = await rejectionOf(host.boot({ choice: choose('halves') }))
    expect(error).toMatchObject({ code: 'MIG_REBOOT_REQUIRED' })
    expect(error.message).toContain('the MIG mode of GPU 0 is pending a reboot of the machine')
    expect(error.message).not.toContain('the machine is as before')
    host.reboot()
    expect(await host.boot({ choice: choose('halves') })).toMatchObject({ outcome: 'applied' })
  })

  test('without a driver, a GPU that the kernel cannot reset waits for the reboot as well', async () => {
    const host = withoutResets()
    host.unloadDriver()
    expect(existsSync(join(host.root, 'sys/bus/pci/devices/0000:07:00.0/reset'))).toBe(false)
    expect(await host.bootOnce()).toMatchObject({ outcome: 'rebooting' })
    expect(host.reboots).toHaveLength(1)
  })
})

describe('a choice that cannot be used', () => {
  test('an unknown name of a generated configuration is refused with the names that there are', async () => {
    const host = createBootingMachine('A100-SXM4-40GB')
    const error = await rejectionOf(host.boot({ choice: { kind: 'generated', config: 'halves' } }))
    expect(error).toMatchObject({ code: 'MIG_CONFIG_NOT_FOUND' })
    expect(error.message).toContain('"all-3g.20gb"')
  })

  test('an unknown name in a document is refused before the boot waits for a driver', async () => {
    const host = createBootingMachine('A100-SXM4-40GB')
    host.unloadDriver()
    const error = await rejectionOf(host.boot({ choice: choose('thirds'), waitMs: 600_000 }))
    expect(error).toMatchObject({ code: 'MIG_CONFIG_NOT_FOUND' })
  })

  test.each([
    ['no JSON', '{', 'damaged'],
    ['another version', '{"version":"mig-nvml/choice/v9"}', 'version "mig-nvml/choice/v9"'],
    ['no choice', '{"version":"mig-nvml/choice/v1","chosenAt":"x"}', 'no choice'],
    [
      'a document that is none',
      JSON.stringify({
        version: 'mig-nvml/choice/v1',
        chosenAt: 'x',
        choice: { kind: 'config', document: { version: 'v9' } },
      }),
      'not valid',
    ],
  ])('a persisted choice with %s is refused, with its file', async (_, text, problem) => {
    const host = createBootingMachine('A100-SXM4-40GB')
    await persistMigChoice(choose('halves'), host.state)
    writeFileSync(join(host.stateFolder, 'choice.json'), text)
    const error = await rejectionOf(host.boot())
    expect(error).toMatchObject({ code: 'MIG_STATE_FAILED' })
    expect(error.message).toContain(join(host.stateFolder, 'choice.json'))
    expect(error.message).toContain(problem)
    expect(host.machine.callCounts().changing).toBe(0)
  })

  test.each([
    [{ kind: 'config' }, 'document'],
    [{ kind: 'generated' }, 'config'],
    [{ kind: 'layout' }, 'kind must be config, generated, checkpoint'],
  ])('the choice %j is refused as a wrong argument', async (choice, text) => {
    const host = createBootingMachine('A100-SXM4-40GB')
    await expect(host.boot({ choice: choice as MigChoice })).rejects.toThrow(text)
    await expect(persistMigChoice(choice as MigChoice, host.state)).rejects.toThrow(TypeError)
    expect(await readMigChoice(host.state)).toBeNull()
  })
})

describe('what was cut short', () => {
  test.each([
    ['nothing is chosen', undefined],
    ['the choice is broken', async () => Promise.reject(new Error('broken'))],
  ])('a boot cleans up after an interrupted apply where %s', async (_, choice) => {
    using interrupted = await InterruptedApply.create()
    const { library, folder } = interrupted
    expect(interrupted.listJournals()).toHaveLength(2)
    const phases: BootPhase[] = []
    const boot = bootMig({
      library,
      stateFolder: join(folder, 'state'),
      onPhase: (phase) => void phases.push(phase),
      ...(choice === undefined ? {} : { choice }),
    })
    if (choice === undefined)
      expect(await boot).toMatchObject({ outcome: 'nothing-chosen', recovered: [{}, {}] })
    else await expect(boot).rejects.toThrow('broken')
    expect(phases[0]).toEqual({
      phase: 'recovering',
      text: 'cleaning up after an interrupted apply',
    })
    expect(interrupted.listJournals()).toEqual([])
    expect(
      interrupted.machine.describe().gpus.map(({ gpuInstances }) => gpuInstances.length),
    ).toEqual([7, 7])
  })

  const kinds: readonly ApplyEvent['kind'][] = ['planned', 'step-started', 'step-done', 'verified']

  test.each(kinds.flatMap((kind) => [1, 3].map((nth) => [kind, nth] as const)))(
    'a boot that is killed at event %s, number %i, is finished by the next one',
    async (kind, nth) => {
      const host = createBootingMachine('2x A100-SXM4-40GB')
      const file = fileURLToPath(new URL('fixtures/killed-boot.mjs', import.meta.url))
      const args = [host.stateFolder, JSON.stringify(document), kind, `${nth}`]
      const { signal, status, stderr } = spawnSync(process.execPath, [file, ...args], {
        encoding: 'utf8',
        env: { ...process.env, ...host.machine.env, MIG_NVML_ROOT: host.root },
      })
      // There is one plan.
      const isReached = nth === 1 || kind.startsWith('step')
      expect({ signal, status, stderr }).toEqual(
        isReached
          ? { signal: 'SIGKILL', status: null, stderr: '' }
          : { signal: null, status: 0, stderr: '' },
      )
      await host.boot({ choice: choose('halves') })
      expect(host.layout()).toEqual([halved, halved])
    },
  )
})

test('a persisted checkpoint is there at the next boot, though its file is gone', async () => {
  const host = createBootingMachine('A100-SXM4-40GB')
  await host.boot({ choice: choose('halves') })
  const file = join(host.folder, 'checkpoint.json')
  const { library } = host.options
  await checkpointMig({ ...(library === undefined ? {} : { library }), file })
  await persistMigChoice({ kind: 'checkpoint', checkpoint: file }, host.state)
  rmSync(file)
  host.reboot()
  expect(await host.boot()).toMatchObject({ outcome: 'applied', choice: 'a checkpoint' })
  expect(host.layout()).toEqual([halved])
})

test('an error without a code of ours stands in the record of the last boot with its message alone', async () => {
  const host = createBootingMachine('A100-SXM4-40GB')
  const choice = () => Promise.reject(new Error('no answer'))
  await host.boot({ choice }).catch(() => {})
  const { error } = JSON.parse(readFileSync(join(host.stateFolder, 'last-boot.json'), 'utf8'))
  expect(error).toEqual({ code: null, message: 'no answer' })
})

test('the record of the last boot says how it ended, and a boot never fails for want of it', async () => {
  const host = createBootingMachine('A100-SXM4-40GB')
  const record = () => JSON.parse(readFileSync(join(host.stateFolder, 'last-boot.json'), 'utf8'))
  await host.boot({ choice: choose('halves') })
  expect(record()).toMatchObject({
    bootId: 'boot-1',
    outcome: 'applied',
    choice: 'configuration "halves"',
    error: null,
  })
  host.reboot()
  await host.boot({ choice: choose('thirds') }).catch(() => {})
  expect(record()).toMatchObject({
    bootId: 'boot-2',
    outcome: 'failed',
    error: { code: 'MIG_CONFIG_NOT_FOUND' },
  })
  rmSync(host.stateFolder, { recursive: true })
  writeFileSync(host.stateFolder, '')
  expect(await host.boot({ choice: choose('halves') })).toMatchObject({ outcome: 'applied' })
})
