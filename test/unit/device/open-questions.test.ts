import { writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { simulatorPath } from '../../support/native-paths.js'
import { fillMachine } from './fill-machine.js'
import {
  type CheckRun,
  checkMachine,
  runCheck,
  scratchFile,
  storedMachine,
  useProbe,
} from './run-check.js'

useProbe()

describe('the open questions', () => {
  let run: CheckRun
  beforeAll(async () => {
    using machine = storedMachine('A100-SXM4-40GB +mig, A100-SXM4-40GB')
    await fillMachine(machine, [
      [0, '1g.5gb', 0, 1],
      [0, '1g.5gb', 1, 1],
      [0, '3g.20gb', 4, 1, 1, 1],
    ])
    run = checkMachine(machine)
  })

  test.each([
    ['A100-SXM4-40GB', '3g.20gb', 'any-start'],
    ['H100 80GB HBM3', '3g.40gb', 'aligned'],
  ])('where compute instances may start in a 3g of an %s', async (model, profile, rule) => {
    using machine = storedMachine(`${model} +mig`)
    await fillMachine(machine, [[0, profile, 4, 1]])
    const { document } = checkMachine(machine)
    expect(document.computePlaces.map((each) => each.rule)).toEqual([rule])
  })

  test('the probe finds that the simulated driver ignores the size of an array', () => {
    const ignored = { 0: ['ignored'], 1: ['ignored'] }
    expect(run.document.answers?.incomingCounts).toEqual({
      nvmlDeviceGetGpuInstancePossiblePlacements: ignored,
      nvmlDeviceGetGpuInstancePossiblePlacements_v2: ignored,
      nvmlDeviceGetGpuInstances: ignored,
      nvmlGpuInstanceGetComputeInstancePossiblePlacements: ignored,
      nvmlGpuInstanceGetComputeInstances: ignored,
    })
  })

  test('the probe finds that the simulated driver accepts the current struct versions, and no other', () => {
    const [first] = run.document.answers?.gpus ?? []
    const taken = Object.entries(first?.versionTags ?? {}).map(([fn, tags]) => [
      fn,
      Object.keys(tags).filter((tag) => tags[tag] === 0),
    ])
    expect(Object.fromEntries(taken)).toMatchObject({
      nvmlDeviceGetGpuInstanceProfileInfoV: ['0x02000098', '0x03000098'],
      nvmlDeviceGetMemoryInfo_v2: ['0x02000028'],
      nvmlDeviceGetPciInfoExt: ['0x01000040'],
    })
  })

  test('the probe finds what a MIG device answers, and what a GPU with MIG off answers', () => {
    const [on, off] = run.document.answers?.gpus ?? []
    expect(on?.onMigDevice['nvmlDeviceGetAttributes_v2']).toEqual([0])
    expect(off?.onMigDevice).toEqual({})
    expect(off?.migMode).toBe(0)
    expect(off?.codes['nvmlDeviceGetGpuInstances']).toEqual([3])
    expect(off?.codes['nvmlDeviceGetGpuInstanceProfileInfoV']).toContain(0)
  })

  test('the probe finds the exported names, the prefixes of profiles and the texts of errors', () => {
    const { answers } = run.document
    expect(answers?.exportedNames).toEqual({ missing: [], undeclared: [] })
    expect(Object.values(answers?.profileNamePrefixes ?? {}).flat()).toContain('MIG ')
    expect(Object.keys(answers?.errorTexts ?? {})).toHaveLength(33)
    expect(answers?.errorTexts['19']).toBe('In use by another client')
  })
})

test('the document names the calls that the driver refuses to an unprivileged user of a divided GPU', async () => {
  using machine = storedMachine('A100-SXM4-40GB +mig')
  await fillMachine(machine, [[0, '3g.20gb', 4, 3]])
  machine.setPrivileges('monitor')
  const { answers } = runCheck(machine.env).document
  expect(answers?.gpus[0]?.refused).toEqual([
    'nvmlDeviceGetGpuInstanceById',
    'nvmlDeviceGetGpuInstances',
  ])
})

describe('a probe', () => {
  test('a probe that crashes leaves what it has learnt, and the check goes on', () => {
    const script = scratchFile('probe')
    const record = '{"kind":"error-text","code":0,"text":"Success"}'
    const unfinished = '{"kind":"call","of":"system","fn":"nvmlInit_v2","in":{'
    writeFileSync(script, `#!/bin/sh\nprintf '${record}\\n${unfinished}'\nkill -SEGV $$\n`, {
      mode: 0o755,
    })
    using machine = storedMachine('T4')
    const { status, document } = runCheck(machine.env, '--probe', script)
    expect(document.probe?.result).toBe('cut-short')
    expect(document.probe?.problem).toMatch(/SIGSEGV.*nvmlInit_v2/)
    expect(document.answers?.errorTexts).toEqual({ 0: 'Success' })
    expect(document.gpus).toHaveLength(1)
    expect(status).toBe(0)
  })

  test('a probe that cannot be built is left out', () => {
    using machine = storedMachine('T4')
    const { status, document, summary } = runCheck({ ...machine.env, CXX: 'no-such-compiler' })
    expect(document.probe).toMatchObject({ result: 'not-built', records: [] })
    expect(document.answers).toBeNull()
    expect(document.gpus).toHaveLength(1)
    expect(summary).toContain('no-such-compiler')
    expect(status).toBe(0)
  })

  test('the probe is built if there is a compiler', () => {
    using machine = storedMachine('T4')
    const { document } = runCheck(machine.env, '--library', simulatorPath())
    expect(document.probe?.result).toBe('complete')
  })
})
