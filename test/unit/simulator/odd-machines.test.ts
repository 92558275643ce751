import { describe, expect, it } from 'vitest'
import { readMigState } from '../../../lib/index.js'
import { createSimulatedMachine, listSimulatedModels } from '../../../lib/simulator.js'
import { refused } from './fixtures/refused.js'

describe('a machine out of the ordinary', () => {
  it('the GPUs of a machine may have chosen minor numbers', () => {
    using machine = createSimulatedMachine([
      { model: 'T4' },
      { model: 'A30', count: 2, minorNumber: 0 },
    ])
    expect(machine.describe().gpus.map(({ minorNumber }) => minorNumber)).toEqual([2, 0, 1])
    const wish = (minorNumber: number) => () => createSimulatedMachine({ model: 'T4', minorNumber })
    expect(wish(1.5)).toThrow(refused('minor number'))
    expect(wish(-1)).toThrow(refused('T4'))
    expect(wish(32)).toThrow(refused('from 0 to 31'))
  })

  it('a machine may have no GPU', async () => {
    using machine = createSimulatedMachine([])
    expect(machine.describe().gpus).toEqual([])
    await expect(readMigState({ library: machine.library })).rejects.toMatchObject({
      code: 'NVML_ERROR_GPU_NOT_FOUND',
    })
    using older = createSimulatedMachine('none', { driver: 'R535' })
    expect((await readMigState({ library: older.library })).gpus).toEqual([])
  })

  it('a machine may mix GPUs with assumed figures and others', async () => {
    const models = listSimulatedModels().filter(({ assumed }) => assumed.length > 0)
    expect(models.length).toBeGreaterThan(4)
    using machine = createSimulatedMachine([
      ...models.map(({ key }) => ({ model: key, migEnabled: true })),
      { model: 'T4' },
    ])
    const { gpus } = await readMigState({ library: machine.library })
    expect(gpus.map(({ name }) => name)).toEqual([...models.map(({ name }) => name), 'Tesla T4'])
    for (const gpu of gpus.slice(0, -1)) {
      const names = gpu.geometry?.profiles.map(({ name }) => name) ?? []
      expect(names.length).toBeGreaterThan(3)
      expect(new Set(names).size).toBe(names.length)
    }
  })
})
