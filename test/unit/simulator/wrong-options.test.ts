import { expect, test } from 'vitest'
import { createSimulatedMachine } from '../../../lib/simulator.js'

test.each<[unknown, RegExp]>([
  [null, /options of createSimulatedMachine must be an object, not null/],
  [{ resetpolicy: 'manual' }, /has no option resetpolicy: did you mean resetPolicy\?/],
  [{ seed: '5' }, /seed must be a number, not "5"/],
  [{ store: '' }, /store must be a path/],
  [{ host: 8 }, /host must be a string, not 8/],
])('the machine options %j are a TypeError', (options, says) => {
  const make = (): unknown => createSimulatedMachine('A100-SXM4-40GB', options as never)
  expect(make).toThrow(TypeError)
  expect(make).toThrow(says)
})

test.each<[unknown, RegExp]>([
  [{ model: 'A100-SXM4-40GB', migenabled: true }, /did you mean migEnabled\?/],
  [{ model: 'A100-SXM4-40GB', migEnabled: 'no' }, /migEnabled must be true or false, not "no"/],
])('the misspelt GPU %j is a TypeError', (gpu, says) => {
  const make = (): unknown => createSimulatedMachine([gpu as never])
  expect(make).toThrow(TypeError)
  expect(make).toThrow(says)
})

test('GPUs of different models have equal UUIDs with equal seeds and different ones with different seeds', () => {
  const uuidOf = (model: string, seed: number): string | undefined => {
    using machine = createSimulatedMachine(model, { seed })
    return machine.describe().gpus[0]?.uuid
  }
  expect(uuidOf('A100-SXM4-40GB', 7)).toBe(uuidOf('H100-80GB-SXM', 7))
  expect(uuidOf('A100-SXM4-40GB', 7)).not.toBe(uuidOf('A100-SXM4-40GB', 8))
})
