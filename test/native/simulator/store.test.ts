// The file that holds a machine: shared by processes, made whole, and never trusted when foreign.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compile, environment, scratch } from './programs.js'
import { codes, inSession, nvml, runCalls } from './shell.js'

let stores = 0
const newPath = (): string => join(scratch, `store-${stores++}`)

function made(machine = 'A100-SXM4-40GB +mig'): string {
  const store = newPath()
  expect(runCalls({ STORE: store, MACHINE: machine }, ['init'])[0]?.ret).toBe(nvml.success)
  return store
}

describe('a machine in a file', () => {
  test('all processes see the machine in a file, which outlives them', () => {
    const store = made()
    const [created] = inSession({ STORE: store }, ['create gpu0 9'])
    expect(created).toMatchObject({ ret: nvml.success, id: 2 })
    const [info, list] = inSession({ STORE: store }, ['info gpu0 2', 'list gpu0 9'])
    expect(info).toMatchObject({ ret: nvml.success, start: 4, size: 4 })
    expect(list?.['ids']).toEqual([2])
  })

  test('a store ignores the description of another machine', () => {
    const store = made('T4')
    const [count] = inSession({ STORE: store, MACHINE: '8x A100-SXM4-40GB' }, ['count'])
    expect(count?.['count']).toBe(1)
  })

  test('a store uses no more disk space than it has reserved', () => {
    const store = made('32x A100-SXM4-40GB +mig')
    const { blocks, size } = statSync(store)
    // Nothing is left to be found when a page is written for the first time: a full disk then would
    // end the client.
    expect(blocks * 512).toBeGreaterThanOrEqual(size)
    expect(size).toBeLessThan(8 * 1024 * 1024)
    inSession({ STORE: store }, ['create gpu31 19', 'destroy gpu31 13'])
    expect(statSync(store).blocks).toBe(blocks)
  })

  test('a store leaves no other file behind', () => {
    const store = made()
    const files = readdirSync(dirname(store)).filter((name) => name.startsWith(basename(store)))
    expect(files).toEqual([basename(store)])
  })

  test('a store runs its startup commands once', () => {
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

  test('a refused startup command prevents the creation of the store', () => {
    const store = newPath()
    const variables = (commands: string): Record<string, string> => ({
      STORE: store,
      MACHINE: 'A100-SXM4-40GB',
      COMMANDS: `reset-policy value=manual; ${commands}`,
    })
    expect(codes(runCalls(variables('explode'), ['init', 'init']))).toEqual([
      nvml.driverNotLoaded,
      nvml.driverNotLoaded,
    ])
    expect(readdirSync(dirname(store)).filter((name) => name.includes(basename(store)))).toEqual([])
    const [, list] = runCalls(variables('add-process pid=7 gpu=0'), ['init', 'processes gpu0 8'])
    expect(list).toMatchObject({ ret: nvml.success, count: 1 })
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
  expect(JSON.stringify(answers[0]?.['reply'])).toContain('already exists')
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

  test('a file that is empty, too short, too long or not regular is refused as a store', () => {
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
    expect(refusal(scratch)).toContain(`${scratch} is not a file`)
  })

  test('a pipe is refused as a store, without a wait for its other end', () => {
    const pipe = newPath()
    execFileSync('mkfifo', [pipe])
    expect(refusal(pipe)).toContain(`${pipe} is not a file`)
  })

  test('a dangling link is refused as a store', () => {
    const link = newPath()
    symlinkSync(join(scratch, 'nothing'), link)
    expect(refusal(link)).toContain('dangling link')
  })

  test('a file that another program has locked is refused as a store after some seconds', async () => {
    const store = made()
    const holder = spawn('flock', [store, 'sh', '-c', 'echo held; read _'])
    await once(holder.stdout, 'data')
    const [opened] = runCalls('T4', [`control open store="${store}"`])
    holder.stdin.end()
    await once(holder, 'exit')
    expect(JSON.stringify(opened?.['reply'])).toContain('another program holds the lock')
    expect(inSession({ STORE: store }, ['count'])[0]?.ret).toBe(nvml.success)
  })

  // Profiles 20, 19 and 14 of the A100: 1g+me, 1g and 2g. Of the A30 21 is 1g+me and 6 is 2g+me.
  const furnished = (): string => {
    const store = newPath()
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

test('the lock of a copied store, or of one from before a host crash, is made anew', () => {
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

test('private machines of two processes are separate', () => {
  const calls = ['create gpu0 9', 'list gpu0 9']
  for (const _ of [1, 2]) expect(inSession('A30 +mig', ['create gpu0 5', ...calls])[0]?.ret).toBe(0)
  const [first] = inSession('A100-SXM4-40GB +mig', calls)
  const [second] = inSession('A100-SXM4-40GB +mig', calls)
  expect(second).toEqual(first)
})

// A file system of one MiB, in a mount namespace of its own; undefined where that is not allowed.
function onSmallDisk(commands: string): string | undefined {
  const disk = newPath()
  mkdirSync(disk)
  const mount = `mount -t tmpfs -o size=1m none "${disk}"`
  const inNamespace = (script: string): string =>
    execFileSync('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', script], {
      env: environment({ MACHINE: 'T4', STORE: join(disk, 'store') }),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  try {
    inNamespace(mount)
  } catch {
    return undefined
  }
  return inNamespace(`${mount} && { ${commands}; } 2>&1 && ls -A "${disk}"`)
}

test('a disk without space for a machine is an error and no crash', (context) => {
  const program = compile('nvml_shell')
  const output = onSmallDisk(`echo init | "${program}"`)
  if (output === undefined) {
    console.warn('SKIPPED, a full disk: this host lets nobody mount one')
    context.skip()
    return
  }
  expect(output).toContain('No space left on device')
  // And nothing is left on the disk.
  expect(output.trim().split('\n').at(-1)).toBe(`{"ret":${nvml.driverNotLoaded}}`)
})
