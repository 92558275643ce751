import { beforeAll, describe, expect, test } from 'vitest'
import type { SimulatedMachine } from '../../../types/simulator/machine.js'
import { fillMachine, type Wanted } from './fill-machine.js'
import { readFunctions } from './read-functions.js'
import { type CheckRun, checkMachine, storedMachine, useProbe } from './run-check.js'

useProbe()

const mixed = 'A100-SXM4-40GB +mig, A100-SXM4-40GB +mig +swapped, T4, H100 80GB HBM3 +mig, H200'
const instances: readonly Wanted[] = [
  [0, '3g.20gb', 4, 1, 1],
  [0, '2g.10gb', 0, 2],
  [0, '1g.5gb+me', 2, 1],
  [1, '2g.10gb', 0, 2],
  [1, '1g.5gb', 2, 1],
  [1, '1g.5gb', 3, 1],
  [1, '3g.20gb', 4],
  [3, '4g.40gb', 0, 2, 2],
  [3, '1g.20gb', 4, 1],
]
const privileged = { privileges: 'admin' } as const

describe.each([
  { title: 'instances on mirrored and other boards', spec: mixed, wanted: instances },
  { title: 'MIG off', spec: 'A100-SXM4-40GB, H100 80GB HBM3, H200, 2x T4', wanted: [] },
  { title: 'no privileges', spec: mixed, wanted: instances, privileges: 'none' },
  { title: 'a plain user', spec: mixed, wanted: instances, privileges: 'monitor' },
  { title: 'a driver of R535', spec: 'A100-SXM4-40GB +mig, T4', wanted: [], driver: 'R535' },
  {
    title: 'a grid of twelve units',
    spec: 'rtx-pro-6000-blackwell +mig',
    wanted: [[0, '1g.24gb', 3, 1]],
  },
] as const)('on a machine with $title', ({ title: _title, spec, wanted, ...options }) => {
  let machine: SimulatedMachine
  let run: CheckRun
  let journalBefore: number
  beforeAll(async () => {
    machine = storedMachine(spec, { ...options, ...privileged })
    await fillMachine(machine, wanted)
    machine.addProcess({ pid: 987654, gpu: 0, name: 'secret-job' })
    machine.setPrivileges('privileges' in options ? options.privileges : 'admin')
    journalBefore = machine.journal().length
    machine.resetCallCounts()
    run = checkMachine(machine)
    return () => machine.close()
  })

  test('the device check ends with the result "checked"', () => {
    expect(run.document).toMatchObject({ result: 'checked', problem: null })
    expect(run.document.probe).toMatchObject({ result: 'complete', problem: null })
    expect(run.status).toBe(0)
  })

  test('the device check makes no changing call', () => {
    const { changing, total, byFunction } = machine.callCounts()
    expect(total).toBeGreaterThan(100)
    expect(changing).toBe(0)
    expect(machine.journal()).toHaveLength(journalBefore)
    expect(Object.keys(byFunction).filter((name) => !readFunctions.has(name))).toEqual([])
    expect(run.summary).toContain('Nothing was changed.')
  })

  test('the device check finds no difference from the catalog', () => {
    expect(run.document.differences).toEqual([])
    expect(run.summary).toContain('As the catalog says.')
  })

  test('the document does not identify the machine', () => {
    const { gpus } = machine.describe()
    const uuids = gpus.flatMap((gpu) => [
      gpu.uuid.slice('GPU-'.length),
      ...gpu.gpuInstances.flatMap((each) =>
        each.computeInstances.map(({ uuid }) => uuid.slice('MIG-'.length)),
      ),
    ])
    for (const secret of [...uuids, '987654', 'secret-job']) expect(run.text).not.toContain(secret)
  })

  test('the document has every GPU and every instance that the driver shows', () => {
    const { gpus, privileges } = machine.describe()
    expect(run.document.gpus.map(({ index }) => index)).toEqual(gpus.map(({ index }) => index))
    gpus.forEach((gpu, index) => {
      const read = run.document.gpus[index]
      if (read === undefined || !('migMode' in read)) throw new Error(`GPU ${index} was not read`)
      expect(read).toMatchObject({
        name: { value: gpu.model },
        minorNumber: { value: gpu.minorNumber },
        pci: { value: { busId: gpu.pciBusId } },
      })
      const place = ({ id, placement: { start, size } }: (typeof gpu.gpuInstances)[number]) =>
        `${id} ${start}:${size}`
      const seen = read.gpuInstances.map(
        ({ id, placement: { start, size } }) => `${id} ${start}:${size}`,
      )
      expect(seen.sort()).toEqual(privileges === 'admin' ? gpu.gpuInstances.map(place).sort() : [])
    })
  })

  test('a second check of the same machine gives the same document', () => {
    expect(checkMachine(machine).text).toBe(run.text)
  })
})

test('the document has a lost GPU as lost', () => {
  using machine = storedMachine('T4, A100-SXM4-40GB')
  machine.loseGpu(0)
  const { status, document } = checkMachine(machine)
  expect(document.gpus[1]).toMatchObject({ name: { value: 'NVIDIA A100-SXM4-40GB' } })
  expect(document.state).toMatchObject({ value: { lostGpus: [{ index: 0 }] } })
  expect(status).toBe(0)
})
