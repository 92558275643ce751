import { describe, expect, it } from 'vitest'
import { formatCommand, sendCommand } from '../../../lib/simulator/command.js'
import { callControl } from '../../../lib/simulator/native.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import fc from '../../support/property.js'
import { refused } from './fixtures/refused.js'

function errorOf(command: string): string {
  const { status, reply } = callControl(command)
  expect(status, reply).not.toBe(0)
  return JSON.parse(reply).error
}

describe('what is not a command', () => {
  it.each([
    ['', 'starts with a verb'],
    ['=3', 'starts with a verb'],
    ['Describe', 'starts with a verb'],
    ['describe gpu', 'expected key=value, got "gpu"'],
    ['describe =1', 'expected key=value'],
    ['create machine="T4', 'no closing quote'],
    ['create machine="T4\\', 'no closing quote'],
    ['create machine="T4"x', 'follows the closing quote'],
    ['create machine=T4"', 'quote the value'],
    ['explode', 'the commands are create, open, close'],
  ])('the malformed command %j is refused', (command, why) => {
    expect(errorOf(command)).toContain(why)
  })

  it('a refusal names the verb, the key and the allowed values', () => {
    using machine = createSimulatedMachine('2x T4')
    const on = `machine=${machine.library.selector?.value}`
    expect(errorOf(`lose-gpu ${on}`)).toBe('lose-gpu: needs gpu=')
    expect(errorOf(`lose-gpu ${on} gpu=2`)).toMatch(/gpu must be .* 0 to 1, not "2"/)
    expect(errorOf(`lose-gpu ${on} gpu=-1`)).toContain('not "-1"')
    expect(errorOf(`lose-gpu ${on} gpu=1x`)).toContain('not "1x"')
    expect(errorOf(`lose-gpu ${on} gpu=1 gpu=1`)).toContain('twice')
    expect(errorOf(`lose-gpu ${on} gup=1`)).toBe(
      'lose-gpu: unknown argument gup=; it takes machine, gpu',
    )
    expect(errorOf(`latency ${on} preset=b200`)).toContain('none, a100, h100')
    expect(errorOf(`latency ${on} preset=a100 fn=nvmlInit us=1`)).toContain('either preset=, or')
    expect(errorOf(`latency ${on}`)).toContain('either preset=, or')
    expect(errorOf(`reset-policy ${on}`)).toContain('needs value=')
    expect(errorOf('describe machine=254')).toContain('no simulated machine has the number 254')
    expect(errorOf('describe machine=T4')).toContain('machine must be')
  })
})

describe('values', () => {
  it('any text survives quoting as a value', () => {
    using machine = createSimulatedMachine('T4')
    const unit = fc.oneof(
      fc.constantFrom('"', '\\', ' ', ';', '=', '\n', '\x01', 'a'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    )
    const names = fc
      .string({ unit, maxLength: 60 })
      .filter((name) => Buffer.byteLength(name) < 64 && !name.includes('\0'))
    fc.assert(
      fc.property(names, (name) => {
        machine.addProcess({ pid: 1, gpu: 0, name })
        expect(machine.describe().gpus[0]?.processes).toMatchObject([{ pid: 1, name }])
        machine.removeProcess(1)
      }),
    )
  })

  it('a value keeps a backslash that escapes nothing', () => {
    using machine = createSimulatedMachine('T4')
    const on = `machine=${machine.library.selector?.value}`
    callControl(`add-process ${on} pid=1 gpu=0 name="C:\\new \\"\\\\"`)
    expect(machine.describe().gpus[0]?.processes[0]?.name).toBe('C:\\new "\\')
  })

  it('a value with a zero byte is refused', () => {
    expect(() => formatCommand('open', { store: '/a\0b' })).toThrow(refused('zero byte'))
  })

  it('an undefined argument is left out of the command', () => {
    expect(formatCommand('create', { machine: 'T4', store: undefined })).toBe('create machine=T4')
  })
})

describe('a refusal', () => {
  it("a refused command throws a MigError with the simulator's message", () => {
    expect(() => sendCommand('explode')).toThrow(refused('unknown command "explode"'))
  })
})
