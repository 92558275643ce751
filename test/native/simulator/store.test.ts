// The file of a machine: shared by processes, and created completely or not at all.
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compile, environment, newStorePath } from './programs.js'
import { codes, inSession, makeStore, nvml, runCalls } from './shell.js'

describe('a machine in a file', () => {
  test('all processes see the machine in a file, which outlives them', () => {
    const store = makeStore()
    const [created] = inSession({ STORE: store }, ['create gpu0 9'])
    expect(created).toMatchObject({ ret: nvml.success, id: 2 })
    const [info, list] = inSession({ STORE: store }, ['info gpu0 2', 'list gpu0 9'])
    expect(info).toMatchObject({ ret: nvml.success, start: 4, size: 4 })
    expect(list?.['ids']).toEqual([2])
  })

  test('a store ignores the description of another machine', () => {
    const store = makeStore('T4')
    const [count] = inSession({ STORE: store, MACHINE: '8x A100-SXM4-40GB' }, ['count'])
    expect(count?.['count']).toBe(1)
  })

  test('a store uses no more disk space than it has reserved', () => {
    const store = makeStore('32x A100-SXM4-40GB +mig')
    const { blocks, size } = statSync(store)
    // No page may need disk space at its first write: a full disk would kill the client then.
    expect(blocks * 512).toBeGreaterThanOrEqual(size)
    expect(size).toBeLessThan(8 * 1024 * 1024)
    inSession({ STORE: store }, ['create gpu31 19', 'destroy gpu31 13'])
    expect(statSync(store).blocks).toBe(blocks)
  })

  test('a store leaves no other file behind', () => {
    const store = makeStore()
    const files = readdirSync(dirname(store)).filter((name) => name.startsWith(basename(store)))
    expect(files).toEqual([basename(store)])
  })

  test('a store runs its startup commands once', () => {
    const store = newStorePath()
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
    const store = newStorePath()
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
  const store = makeStore('T4')
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

test('the lock of a copied store, or of one from before a host crash, is made anew', () => {
  const store = makeStore()
  const copy = newStorePath()
  copyFileSync(store, copy)
  const bytes = readFileSync(copy)
  // The lock begins at the first multiple of 64 behind the header; this makes thread 1 its holder.
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

// A file system of one MiB, in a mount namespace of its own; undefined if that is not allowed.
function onSmallDisk(commands: string): string | undefined {
  const disk = newStorePath()
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
  // The disk has no leftovers, either.
  expect(output.trim().split('\n').at(-1)).toBe(`{"ret":${nvml.driverNotLoaded}}`)
})
