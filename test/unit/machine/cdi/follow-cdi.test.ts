import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cdiSpec } from '../../../../lib/containers.js'
import { followCdiSpec, readMigState } from '../../../../lib/index.js'
import type { CdiUpdate } from '../../../../types/machine/cdi.js'
import { rejectionOf } from '../../../support/errors.js'
import { divide } from '../../../support/machine-root.js'
import { createRootedMachine, type RootedMachine } from '../../../support/rooted-machine.js'

async function nextOf(watch: AsyncGenerator<CdiUpdate, undefined>): Promise<CdiUpdate> {
  const { value } = await watch.next()
  if (value === undefined) throw new Error('the watch has ended')
  return value
}

async function expectPresent({ options }: RootedMachine, file: string): Promise<void> {
  const spec = cdiSpec(await readMigState(options))
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(spec)))
}

test('a followed CDI specification is written at first, and again after each change of another writer', async () => {
  using rooted = createRootedMachine('2x A100-SXM4-40GB')
  const file = join(rooted.folder, 'nvidia.json')
  // Only events of the driver wake it.
  const watch = followCdiSpec({ ...rooted.options, file, intervalMs: 600_000 })
  expect(await nextOf(watch)).toMatchObject({ kind: 'written', changed: true })
  await expectPresent(rooted, file)
  for (const sizes of [{ '1g.5gb': 7 }, { '3g.20gb': 2 }, { '7g.40gb': 1 }]) {
    await divide(rooted.machine, { 1: sizes })
    const wanted = JSON.stringify(cdiSpec(await readMigState(rooted.options)))
    let update: CdiUpdate
    do update = await nextOf(watch)
    while (update.kind !== 'written' || JSON.stringify(update.spec) !== wanted)
    await expectPresent(rooted, file)
  }
  await watch.return(undefined)
})

test('a followed CDI specification that another tool removes or overwrites comes back', async () => {
  using rooted = createRootedMachine('A100-SXM4-40GB')
  const file = join(rooted.folder, 'nvidia.json')
  const watch = followCdiSpec({ ...rooted.options, file, intervalMs: 5 })
  await nextOf(watch)
  rmSync(file)
  expect(await nextOf(watch)).toMatchObject({ kind: 'written', changed: true })
  await expectPresent(rooted, file)
  writeFileSync(file, '{}')
  expect(await nextOf(watch)).toMatchObject({ kind: 'written', changed: true })
  await expectPresent(rooted, file)
  await watch.return(undefined)
})

test('a followed CDI specification that cannot be written is reported once, and written when it can be', async () => {
  using rooted = createRootedMachine('A100-SXM4-40GB')
  const folder = join(rooted.folder, 'cdi')
  const file = join(folder, 'nvidia.json')
  mkdirSync(file, { recursive: true })
  const watch = followCdiSpec({ ...rooted.options, file, intervalMs: 5 })
  const failed = await nextOf(watch)
  expect(failed).toMatchObject({ kind: 'failed', error: { code: 'MIG_CDI_FAILED' } })
  const next = nextOf(watch)
  rmSync(file, { recursive: true })
  expect(await next).toMatchObject({ kind: 'written', changed: true })
  await expectPresent(rooted, file)
  await watch.return(undefined)
})

test('a machine that cannot be read leaves a followed CDI specification as it is', async () => {
  using rooted = createRootedMachine('A100-SXM4-40GB')
  const file = join(rooted.folder, 'nvidia.json')
  const watch = followCdiSpec({ ...rooted.options, file, intervalMs: 5 })
  await nextOf(watch)
  const before = readFileSync(file, 'utf8')
  rooted.machine.fail({
    fn: 'nvmlDeviceGetCount_v2',
    times: 1_000_000,
    error: 'NVML_ERROR_UNKNOWN',
  })
  expect(await nextOf(watch)).toMatchObject({ kind: 'unreadable' })
  expect(readFileSync(file, 'utf8')).toBe(before)
  rooted.machine.clearFaults()
  await divide(rooted.machine, { 0: { '7g.40gb': 1 } })
  let update: CdiUpdate
  do update = await nextOf(watch)
  while (update.kind !== 'written' || update.spec.devices.every(({ name }) => name !== '0:0'))
  await watch.return(undefined)
})

test('a signal ends the watch of a CDI specification with ABORT_ERR', async () => {
  using rooted = createRootedMachine('A100-SXM4-40GB')
  const abort = new AbortController()
  const watch = followCdiSpec({
    ...rooted.options,
    file: join(rooted.folder, 'nvidia.json'),
    signal: abort.signal,
  })
  await watch.next()
  const next = watch.next()
  abort.abort()
  expect((await rejectionOf(next)).code).toBe('ABORT_ERR')
})

test.each<[string, (rooted: RootedMachine) => void, readonly string[]]>([
  // A reboot keeps the MIG mode, and the instances are gone.
  ['a reboot', ({ machine }) => machine.reboot(), ['none']],
  // As nvidia-smi -r does: the mode stays on, and the instances are gone.
  ['a reset of its GPU', ({ machine }) => machine.resetGpu(0), ['none']],
  ['the loss of its GPU', ({ machine }) => machine.loseGpu(0), ['none']],
])(
  'after %s, a followed CDI specification has no device of before',
  async (_what, disturb, names) => {
    using rooted = createRootedMachine('A100-SXM4-40GB')
    await divide(rooted.machine, { 0: { '3g.20gb': 2 } })
    const file = join(rooted.folder, 'nvidia.json')
    const watch = followCdiSpec({ ...rooted.options, file, intervalMs: 5 })
    await nextOf(watch)
    disturb(rooted)
    let update: CdiUpdate
    do update = await nextOf(watch)
    while (update.kind !== 'written')
    expect(update.spec.devices.map(({ name }) => name)).toEqual(names)
    await watch.return(undefined)
  },
)
