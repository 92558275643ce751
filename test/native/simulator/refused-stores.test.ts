// Files that are refused as a machine: foreign, damaged or locked.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compile, newStorePath, scratch } from './programs.js'
import { codes, inSession, makeStore, nvml, runCalls } from './shell.js'

describe('a file is refused', () => {
  const refusal = (store: string): string => {
    const [init, opened] = runCalls({ STORE: store }, ['init', `control open store="${store}"`])
    expect(init?.ret).toBe(nvml.driverNotLoaded)
    expect(opened?.ret).not.toBe(0)
    return JSON.stringify(opened?.['reply'])
  }

  // The header: 16 bytes of magic, then layout, GPU count, size and hash of the tables.
  const withByte = (offset: number): string => {
    const store = makeStore()
    const bytes = readFileSync(store)
    bytes.writeUInt8(bytes.readUInt8(offset) ^ 0xff, offset)
    writeFileSync(store, bytes)
    return store
  }

  test('a file that is empty, too short, too long or not regular is refused as a store', () => {
    const empty = newStorePath()
    writeFileSync(empty, '')
    expect(refusal(empty)).toContain('does not hold a simulated machine')
    const text = newStorePath()
    writeFileSync(text, 'A text.\n'.repeat(1000))
    expect(refusal(text)).toContain('does not hold a simulated machine')
    for (const difference of [-1, +1]) {
      const store = makeStore()
      truncateSync(store, statSync(store).size + difference)
      expect(refusal(store)).toContain('does not hold a simulated machine of this version')
    }
    expect(refusal(scratch)).toContain(`${scratch} is not a file`)
  })

  test('a pipe is refused as a store, without a wait for its other end', () => {
    const pipe = newStorePath()
    execFileSync('mkfifo', [pipe])
    expect(refusal(pipe)).toContain(`${pipe} is not a file`)
  })

  test('a dangling link is refused as a store', () => {
    const link = newStorePath()
    symlinkSync(join(scratch, 'nothing'), link)
    expect(refusal(link)).toContain('dangling link')
  })

  test('a file that another program has locked is refused as a store after some seconds', async () => {
    const store = makeStore()
    const holder = spawn('flock', [store, 'sh', '-c', 'echo held; read _'])
    await once(holder.stdout, 'data')
    const [opened] = runCalls('T4', [`control open store="${store}"`])
    holder.stdin.end()
    await once(holder, 'exit')
    expect(JSON.stringify(opened?.['reply'])).toContain('another program holds the lock')
    expect(inSession({ STORE: store }, ['count'])[0]?.ret).toBe(nvml.success)
  })

  // Profiles 20, 19 and 14 of the A100 are 1g+me, 1g and 2g. On the A30, 21 is 1g+me and 6 is 2g+me.
  const furnished = (): string => {
    const store = newStorePath()
    const variables = { STORE: store, MACHINE: 'A100-SXM4-40GB +mig, A30 +mig, A30 +mig, T4' }
    const answers = inSession(variables, [
      'create gpu0 14 2 2',
      'create gpu0 20 0 1',
      'create gpu0 19 1 1',
      'create-ci gpu0 4 0',
      'create gpu1 21 0 1',
      'create gpu2 6 2 2',
      'create-ci gpu1 3 0',
      'control add-process pid=7 gpu=1 gi=3 ci=0',
      'control fail fn=nvmlDeviceGetSerial nth=1000 error=3',
    ])
    expect(codes(answers)).toEqual(answers.map(() => 0))
    return store
  }
  const damaged = (damage: string): string => {
    const store = furnished()
    execFileSync(compile('damage_store'), [store, damage])
    return store
  }

  test.each([
    ['with GPU instances that overlap', 'overlap'],
    ['with a GPU instance whose id is of another place', 'id'],
    ['with more GPU instances of a profile than there can be', 'count'],
    ['with GPU instances that share an engine', 'engines'],
    ['with compute instances that overlap', 'compute-overlap'],
    ['with instances on a GPU that is not in MIG mode', 'mode'],
    ['with a GPU in MIG mode that has none', 'capability'],
    ['with a flag that is neither on nor off', 'bool'],
    ['with two GPUs of one minor number', 'minor'],
    ['with instances on a GPU that is removed', 'removed'],
    ['with a process of no kind', 'process-kind'],
    ['with a process on an instance that is not there', 'process-place'],
    ['with a process where no instance can be', 'process-slot'],
    ['with a fault in an endless name', 'fault'],
    ['with a journal beyond all numbers', 'ledger'],
    ['on a host of no shape', 'host'],
    ['with more GPUs than its host has room for', 'host-room'],
    ['of a driver older than MIG', 'driver'],
  ])('a damaged store is refused: %s', (_, damage) => {
    expect(refusal(damaged(damage))).toContain('holds a damaged machine')
  })

  test.each(['lock-kind', 'lock-held', 'lock-lost'])(
    'a store with a damaged lock is refused: %s',
    (damage) => {
      expect(refusal(damaged(damage))).toContain('its lock is damaged or held')
    },
  )

  test('an undamaged store is accepted', () => {
    expect(inSession({ STORE: damaged('nothing') }, ['count'])[0]?.ret).toBe(nvml.success)
  })

  test.each([
    ['that is of the right size but something else', 0, 'does not hold a simulated machine'],
    ['of another layout', 16, 'another version of the library'],
    ['with too many GPUs', 21, 'damaged'],
    ['of another catalog', 32, 'another GPU catalog'],
  ])('a foreign file is refused as a store: %s', (_, offset, reason) => {
    expect(refusal(withByte(offset))).toContain(reason)
  })

  test('a store with impossible GPUs is refused', () => {
    const store = makeStore()
    const bytes = readFileSync(store)
    const intact = Buffer.from(bytes)
    // The first GPU's model is somewhere behind the header. The test changes one byte after another; the
    // library may or may not notice, but never crashes.
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
