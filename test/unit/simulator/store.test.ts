import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createSimulatedMachine, openSimulatedMachine } from '../../../lib/simulator.js'
import { callNvml, churnAndKill } from './fixtures/foreign-client.js'
import { refused } from './fixtures/refused.js'
import { scratchFolder } from './fixtures/scratch.js'

function storePath(): string {
  return join(scratchFolder(), 'machine.store')
}

describe('a stored machine', () => {
  it('all processes see the same stored machine', () => {
    const store = storePath()
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig, T4', { store })
    expect(callNvml(machine.env, 'count')).toEqual([{ ret: 0, count: 2 }])
    const [made] = callNvml(machine.env, 'create 0 9')
    expect(machine.describe()).toMatchObject({
      store,
      gpus: [{ gpuInstances: [{ id: made?.id, placement: { start: 4, size: 4 } }] }, {}],
    })
    using again = openSimulatedMachine(store)
    expect(again.describe()).toEqual(machine.describe())
  })

  it('a stored machine outlives the process that created it', () => {
    const store = storePath()
    const made = createSimulatedMachine('T4', { store, driver: 'R535' })
    made.loseGpu(0)
    made.close()
    using machine = openSimulatedMachine(store)
    expect(machine.describe()).toMatchObject({ gpus: [{ lost: true }] })
  })

  it('a stored machine has one lock file, whatever path leads to it', () => {
    const store = storePath()
    using machine = createSimulatedMachine('T4', { store })
    const link = join(scratchFolder(), 'link')
    symlinkSync(store, link)
    using byLink = openSimulatedMachine(link)
    using byRelativePath = openSimulatedMachine(relative(process.cwd(), store))
    expect(machine.library.lockFile).toBe(`${store}.lock`)
    expect(byLink.library.lockFile).toBe(`${store}.lock`)
    expect(byLink.env).toEqual(machine.env)
    expect(byRelativePath.env).toEqual(machine.env)
  })

  it('a stored machine uses little disk space and leaves no file beside it', () => {
    const store = storePath()
    using machine = createSimulatedMachine('32x A100-SXM4-40GB +mig', { store })
    callNvml(machine.env, 'create 31 19')
    expect(readdirSync(dirname(store))).toEqual([basename(store)])
    expect(statSync(store).blocks * 512).toBeLessThan(5 * 2 ** 20)
  })

  it('a stored machine is intact after a client was killed during its changes', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { store: storePath() })
    const lastSequence = () => machine.journal().at(-1)?.sequence ?? 0
    for (let round = 0; round < 8; ++round) {
      const enough = lastSequence() + 20
      await churnAndKill(machine.env, 19, () => lastSequence() > enough)
      const [gpu] = machine.describe().gpus
      for (const { id, computeInstances } of gpu?.gpuInstances ?? []) {
        const answers = callNvml(
          machine.env,
          ...computeInstances.map((ci) => `destroy-compute 0 ${id} ${ci.id}`),
          `destroy 0 ${id}`,
        )
        expect(answers.every((answer) => answer.ret === 0)).toBe(true)
      }
    }
    const journal = machine.journal()
    // Newer records may have replaced the oldest by now.
    const first = journal[0]?.sequence ?? 0
    expect(journal.map((call) => call.sequence)).toEqual(journal.map((_, i) => first + i))
    expect(callNvml(machine.env, 'create 0 0')).toMatchObject([{ ret: 0, start: 0, size: 8 }])
  })
})

describe('making a store', () => {
  it('creating a store never replaces a file', () => {
    const store = storePath()
    writeFileSync(store, 'a letter')
    expect(() => createSimulatedMachine('T4', { store })).toThrow(refused(/exist.*|.*exist/i))
    expect(execFileSync('cat', [store], { encoding: 'utf8' })).toBe('a letter')
  })

  it('creating a store never replaces another machine', () => {
    const store = storePath()
    using machine = createSimulatedMachine('T4', { store })
    expect(() => createSimulatedMachine('2x T4', { store })).toThrow(refused(store))
    expect(machine.describe().gpus).toHaveLength(1)
  })

  it('creating a store in an impossible place fails with the reason', () => {
    const store = join(scratchFolder(), 'missing', 'machine.store')
    expect(() => createSimulatedMachine('T4', { store })).toThrow(
      refused(/missing.*No such file or directory/),
    )
  })

  it('a refused machine leaves no store', () => {
    const store = storePath()
    expect(() => createSimulatedMachine('A1000-SXM', { store })).toThrow(refused('A1000-SXM'))
    expect(existsSync(store)).toBe(false)
  })
})

describe('opening what is not a store of this version', () => {
  it.each([
    ['a file that is not there', () => {}, /No such file or directory/],
    [
      'an empty file',
      (path: string) => writeFileSync(path, ''),
      /does not hold a simulated machine/,
    ],
    [
      'a text',
      (path: string) => writeFileSync(path, 'a letter\n'.repeat(1e5)),
      /does not hold a simulated machine/,
    ],
    ['a folder', () => {}, /./],
  ] as const)('refuses %s and names it', (what, make, why) => {
    const store = what === 'a folder' ? scratchFolder() : storePath()
    make(store)
    expect(() => openSimulatedMachine(store)).toThrow(refused(why))
    expect(() => openSimulatedMachine(store)).toThrow(refused(store))
  })

  it('a truncated store is refused', () => {
    const store = storePath()
    createSimulatedMachine('T4', { store }).close()
    truncateSync(store, statSync(store).size - 1)
    expect(() => openSimulatedMachine(store)).toThrow(refused(store))
  })

  it('a store of another layout or catalog is refused, whatever byte of the header differs', () => {
    const folder = scratchFolder()
    const original = join(folder, 'original')
    createSimulatedMachine('T4', { store: original }).close()
    let opened = 0
    for (let offset = 0; offset < 40; ++offset) {
      const store = join(folder, `changed-${offset}`)
      execFileSync('cp', ['--sparse=always', original, store])
      const file = openSync(store, 'r+')
      const byte = Buffer.alloc(1)
      readSync(file, byte, 0, 1, offset)
      writeSync(file, Buffer.from([byte.readUInt8() ^ 0xa5]), 0, 1, offset)
      closeSync(file)
      try {
        openSimulatedMachine(store).close()
        opened += 1
      } catch (error) {
        expect(error).toEqual(refused(store))
      }
    }
    expect(opened).toBe(0)
  })
})
