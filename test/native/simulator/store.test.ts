// The file that holds a machine: shared by processes, made whole, and never trusted when foreign.
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { scratch } from './programs.js'
import { codes, inSession, nvml, runCalls } from './shell.js'

let stores = 0
const newPath = (): string => join(scratch, `store-${stores++}`)

function made(machine = 'A100-SXM4-40GB +mig'): string {
  const store = newPath()
  expect(runCalls({ STORE: store, MACHINE: machine }, ['init'])[0]?.ret).toBe(nvml.success)
  return store
}

describe('a machine in a file', () => {
  test('is one machine for all processes, and outlives them', () => {
    const store = made()
    const [created] = inSession({ STORE: store }, ['create gpu0 9'])
    expect(created).toMatchObject({ ret: nvml.success, id: 2 })
    const [info, list] = inSession({ STORE: store }, ['info gpu0 2', 'list gpu0 9'])
    expect(info).toMatchObject({ ret: nvml.success, start: 4, size: 4 })
    expect(list?.['ids']).toEqual([2])
  })

  test('is not made anew by another description', () => {
    const store = made('T4')
    const [count] = inSession({ STORE: store, MACHINE: '8x A100-SXM4-40GB' }, ['count'])
    expect(count?.['count']).toBe(1)
  })

  test('takes little space', () => {
    const { blocks } = statSync(made('32x A100-SXM4-40GB'))
    expect(blocks * 512).toBeLessThan(512 * 1024)
  })

  test('leaves no other file behind', () => {
    const store = made()
    const files = readdirSync(dirname(store)).filter((name) => name.startsWith(basename(store)))
    expect(files).toEqual([basename(store)])
  })

  test('runs its startup commands once', () => {
    const store = newPath()
    const variables = {
      STORE: store,
      MACHINE: 'A100-SXM4-40GB',
      COMMANDS: 'add-process pid=7 gpu=0; reset-policy value=manual',
    }
    for (const _ of [1, 2]) {
      const [list, set] = inSession(variables, ['processes gpu0 8', 'set-mode gpu0 1'])
      expect(list).toMatchObject({ ret: nvml.success, count: 1 })
      expect(set?.['activation']).toBe(nvml.resetRequired)
    }
  })
})

test('create never replaces a file', () => {
  const store = made('T4')
  const answers = runCalls('T4', [
    `control create machine="A30" store="${store}"`,
    `control open store="${store}"`,
    'select 1',
    'init',
    'identity gpu0',
  ])
  expect(answers[0]?.ret).not.toBe(0)
  expect(JSON.stringify(answers[0]?.['reply'])).toContain('exists already')
  expect(answers[4]).toMatchObject({ ret: nvml.success, name: 'Tesla T4' })
})

describe('a file is refused', () => {
  const refusal = (store: string): string => {
    const [init, opened] = runCalls({ STORE: store }, ['init', `control open store="${store}"`])
    expect(init?.ret).toBe(nvml.driverNotLoaded)
    expect(opened?.ret).not.toBe(0)
    return JSON.stringify(opened?.['reply'])
  }

  // The header: 16 bytes of magic, then layout, GPU count, size and hash of the tables.
  const withByte = (offset: number): string => {
    const store = made()
    const bytes = readFileSync(store)
    bytes.writeUInt8(bytes.readUInt8(offset) ^ 0xff, offset)
    writeFileSync(store, bytes)
    return store
  }

  test('that is empty, short, long or not one', () => {
    const empty = newPath()
    writeFileSync(empty, '')
    expect(refusal(empty)).toContain('does not hold a simulated machine')
    const text = newPath()
    writeFileSync(text, 'A text.\n'.repeat(1000))
    expect(refusal(text)).toContain('does not hold a simulated machine')
    for (const difference of [-1, +1]) {
      const store = made()
      truncateSync(store, statSync(store).size + difference)
      expect(refusal(store)).toContain('does not hold a simulated machine of this version')
    }
    expect(refusal(scratch)).toContain('cannot open')
  })

  test.each([
    ['that is of the right size but something else', 0, 'does not hold a simulated machine'],
    ['of another layout', 16, 'another version of the library'],
    ['with too many GPUs', 21, 'damaged'],
    ['of another catalog', 32, 'another GPU catalog'],
  ])('%s', (_, offset, reason) => {
    expect(refusal(withByte(offset))).toContain(reason)
  })

  test('whose GPUs cannot be', () => {
    const store = made()
    const bytes = readFileSync(store)
    const intact = Buffer.from(bytes)
    // Somewhere behind the header lies the first GPU's model. One byte after another is spoiled; the
    // library may find it out or not, but never crashes on it.
    let refused = 0
    for (let offset = 4096; offset < 20_000; offset += 61) {
      intact.copy(bytes)
      bytes.writeUInt8(0xee, offset)
      writeFileSync(store, bytes)
      const answers = runCalls({ STORE: store }, ['init', 'identity gpu0', 'list gpu0 9'])
      if (answers[0]?.ret === nvml.driverNotLoaded) refused++
    }
    expect(refused).toBeGreaterThan(0)
  })
})

test('a lock held when its host went down, or its file was copied, is made anew', () => {
  const store = made()
  const copy = newPath()
  copyFileSync(store, copy)
  const bytes = readFileSync(copy)
  // The lock begins at the first multiple of 64 behind the header; this says that thread 1 holds it.
  expect(bytes.readUInt32LE(128)).toBe(0)
  bytes.writeUInt32LE(1, 128)
  writeFileSync(copy, bytes)
  expect(codes(inSession({ STORE: copy }, ['count', 'create gpu0 9']))).toEqual([0, 0])
})

test('private machines of two processes are two', () => {
  const calls = ['create gpu0 9', 'list gpu0 9']
  for (const _ of [1, 2]) expect(inSession('A30 +mig', ['create gpu0 5', ...calls])[0]?.ret).toBe(0)
  const [first] = inSession('A100-SXM4-40GB +mig', calls)
  const [second] = inSession('A100-SXM4-40GB +mig', calls)
  expect(second).toEqual(first)
})
